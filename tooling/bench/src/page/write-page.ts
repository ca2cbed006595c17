import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { merged } from "../report.ts";
import type { BenchReport } from "../report.ts";
import { chart } from "./chart.ts";
import { withMeasured } from "./page.ts";

const docs = (name: string): string =>
  fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));

/** Where the results that the page shows are kept. */
export const PAGE_RESULTS: string = docs("performance.json");

/** The results that a file has; `null`: there are none yet. */
export function readReport(path: string): BenchReport | null {
  if (!existsSync(path)) return null;
  // Only a bench writes it.
  const report = JSON.parse(readFileSync(path, "utf8")) as BenchReport;
  return report.schemaVersion === 2 ? report : null;
}

/** Adds results to those that a file has, and keeps them there. */
export function keepReport(path: string, report: BenchReport): BenchReport {
  const all = merged(readReport(path), report);
  writeFileSync(path, `${JSON.stringify(all, null, 1)}\n`);
  return all;
}

/** Writes docs/performance.md between its marks, and the chart, formatted as everything here is. */
export function writePage(report: BenchReport): void {
  const page = docs("performance.md");
  writeFileSync(page, withMeasured(readFileSync(page, "utf8"), report));
  writeFileSync(docs("performance.svg"), chart(report));
  const formatter = docs("../node_modules/.bin/oxfmt");
  const { status } = spawnSync(formatter, [page, PAGE_RESULTS], { stdio: "inherit" });
  if (status !== 0) throw new Error("the page is written, but could not be formatted");
}
