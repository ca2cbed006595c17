import { expect, test } from "vitest";
import { bench } from "../src/bench.ts";
import { chart } from "../src/page/chart.ts";
import { withMeasured } from "../src/page/page.ts";
import { merged, reportText } from "../src/report.ts";

const OURS = [
  "start",
  "start-node",
  "diff",
  "diff-equal",
  "diff-packed",
  "diff-tenth",
  "sync-first",
  "sync-second",
  "sync-edited",
  "live",
  "load",
  "copy",
  "live-1mb",
  "live-writer",
  "writer-alone",
];

const PAGE = `Before.

<!-- measured: written by the bench -->
<!-- end of what is measured -->

After.
`;

// So that the bench cannot rot unseen. No time is asserted: only that everything could be measured, and shown.
test("every figure of the page can be measured, and the page be written", async () => {
  const options = { smoke: true, large: false, runs: 1 };
  const report = await bench({ ...options, only: null }, () => undefined);
  expect(report.failures).toEqual([]);
  const ids = report.results.map(({ id }) => id);
  expect(ids.filter((id) => !/^(sqldiff|cmp)/.test(id))).toEqual(OURS);
  for (const { id, timesMs } of report.results)
    expect([id, timesMs.length > 0]).toEqual([id, true]);

  const once = withMeasured(PAGE, report);
  expect(once).toMatch(/^Before\.\n/);
  expect(once).toMatch(/\nAfter\.\n$/);
  expect(once).toContain("| `dbsync --version` |");
  expect(once).toMatch(/\| 265 MB \| [\d.]+ m?s \|/);
  // Written again, it is the same page.
  expect(withMeasured(once, report)).toBe(once);
  expect(chart(report)).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(reportText(report)).toContain("dbsync sync, nothing changed");

  const again = await bench({ ...options, only: ["start"] }, () => undefined);
  expect(
    merged(report, again)
      .results.map(({ id }) => id)
      .toSorted(),
  ).toEqual(ids.toSorted());
}, 240_000);

test("what the page does not show can be measured too", async () => {
  const options = { smoke: true, large: true, runs: 1 };
  const other = await bench(
    { ...options, large: false, only: ["validate", "conflicts"] },
    () => undefined,
  );
  const large = await bench({ ...options, only: null }, () => undefined);
  expect([...other.failures, ...large.failures]).toEqual([]);
  expect(other.results.map(({ id }) => id)).toEqual([
    "validate",
    "integrity",
    "select",
    "sync-copied",
    "sync-conflicts",
  ]);
  expect(large.results.length).toBeGreaterThan(4);
}, 240_000);
