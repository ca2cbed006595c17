// Prints "N passed, N failed" from the reports that the test runs left in reports/.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

function testReports() {
  if (!existsSync("reports")) return [];
  return readdirSync("reports")
    .filter((name) => /^vitest.*\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join("reports", name), "utf8")));
}

/** A file that could not be loaded has no tests to count: it counts as one failure. */
function brokenFiles(report) {
  return report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((t) => t.status === "failed"),
  ).length;
}

let passed = 0;
let failed = 0;
let skipped = 0;
for (const report of testReports()) {
  passed += report.numPassedTests;
  failed += report.numFailedTests + brokenFiles(report);
  skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
