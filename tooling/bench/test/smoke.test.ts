import { expect, test } from "vitest";
import { bench } from "../src/bench.ts";
import { reportText } from "../src/report.ts";

// So that the bench cannot rot unseen. No time is asserted: only that everything could be measured.
test("every measurement can be made, and the differences made are found", async () => {
  const report = await bench(
    {
      smoke: true,
      large: false,
      runs: 1,
      out: null,
      only: ["start", "diff", "copies", "validate", "sync", "load"],
    },
    () => undefined,
  );
  expect(report.failures).toEqual([]);
  expect(report.results.map(({ id }) => id).filter((id) => !/^(sqldiff|cmp)/.test(id))).toEqual([
    "start",
    "start-node",
    "diff",
    "diff-full",
    "diff-sql",
    "diff-equal",
    "diff-packed",
    "diff-tenth",
    "validate",
    "integrity",
    "select",
    "sync-first-equal",
    "sync-second",
    "sync-edited",
    "sync-first-changed",
    "sync-load",
  ]);
  expect(report.ratios.length + report.notes.length).toBeGreaterThan(0);
  expect(reportText(report)).toContain("dbsync sync, second run, nothing changed");
}, 120_000);
