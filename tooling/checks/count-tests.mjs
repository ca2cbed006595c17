// Prints what failed, and "N passed, N failed", from the reports that the test runs left in reports/.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

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
  );
}

/** The end of a long output is what is looked at first. */
function printFailures(report) {
  const print = (file, name, message) => {
    console.log(`FAILED: ${relative(process.cwd(), file.name)}: ${name}`);
    console.log(message.split("\n").slice(0, 6).join("\n"));
  };
  for (const file of brokenFiles(report)) print(file, "the file itself", file.message);
  for (const file of report.testResults) {
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === "failed") print(file, fullName, failureMessages.join("\n"));
    }
  }
}

let passed = 0;
let failed = 0;
let skipped = 0;
for (const report of testReports()) {
  printFailures(report);
  passed += report.numPassedTests;
  failed += report.numFailedTests + brokenFiles(report).length;
  skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
