import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bench } from "./bench.ts";
import { cacheFolder } from "./data/pair.ts";
import { USAGE, readOptions } from "./options.ts";
import type { BenchOptions } from "./options.ts";
import { reportText } from "./report.ts";

const options = readOptions(process.argv.slice(2));
if (options === null) process.stdout.write(USAGE);
else await run(options);

async function run(chosen: BenchOptions): Promise<void> {
  const report = await bench(chosen, (line) => process.stderr.write(`${line}\n`));
  const out = chosen.out ?? join(cacheFolder(), "report.json");
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${reportText(report)}\nAs JSON: ${out}\n`);
  if (report.failures.length > 0) process.exitCode = 1;
}
