import { join } from "node:path";
import { bench } from "./bench.ts";
import { cacheFolder } from "./data/pair.ts";
import { USAGE, readOptions } from "./options.ts";
import type { BenchOptions, OutputOptions } from "./options.ts";
import { PAGE_RESULTS, keepReport, readReport, writePage } from "./page/write-page.ts";
import { reportText } from "./report.ts";

const options = readOptions(process.argv.slice(2));
if (options === null) process.stdout.write(USAGE);
else if (options.pageOnly) rewritePage();
else await run(options);

async function run(chosen: BenchOptions & OutputOptions): Promise<void> {
  const measured = await bench(chosen, (line) => process.stderr.write(`${line}\n`));
  const { remark } = chosen;
  const report = remark === null ? measured : { ...measured, remark };
  const usual = chosen.writesPage ? PAGE_RESULTS : join(cacheFolder(), "report.json");
  const out = chosen.out ?? usual;
  const all = keepReport(out, report);
  if (chosen.writesPage) writePage(all);
  process.stdout.write(`${reportText(report)}\nAs JSON: ${out}\n`);
  if (report.failures.length > 0) process.exitCode = 1;
}

function rewritePage(): void {
  const report = readReport(PAGE_RESULTS);
  if (report === null) throw new Error(`there are no results in ${PAGE_RESULTS}`);
  writePage(report);
}
