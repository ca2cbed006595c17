import { spawnSync } from "node:child_process";

/** A test run that takes longer than this hangs, which is a way to notice, too. */
const MAX_TEST_MS = 15 * 60_000;

/** Where a mutation may be seen at all: documentation and benchmarks test other things. */
const PACKAGES = ["model", "resolvers", "core", "watcher", "torture", "cli"];

/** Random tests try fewer cases than usual: what they miss then, they might have seen. */
const FEWER_CASES = { SYNC_LAW_RUNS: "40", SYNC_TORTURE_RUNS: "200", SYNC_TORTURE_CRASHES: "40" };

export interface TestResult {
  readonly passed: boolean;
  /** The first test that failed, as vitest names it. */
  readonly failed: string;
}

/** Runs a package's test files by a part of their name: `core/guarantees-copy`. Stops at the first that fails. */
export function runTests(root: string, tests: string): TestResult {
  const slash = tests.indexOf("/");
  return runVitest(root, [tests.slice(0, slash)], [tests.slice(slash + 1)]);
}

/** Everything that could see a mutation. */
export function runAllTests(root: string): TestResult {
  return runVitest(root, PACKAGES, []);
}

function runVitest(
  root: string,
  packages: readonly string[],
  filters: readonly string[],
): TestResult {
  const child = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config=tooling/vitest/vitest.config.ts",
      "--bail=1",
      "--passWithNoTests",
      "--reporter=json",
      ...packages.flatMap((name) => ["--project", `@sync/${name}`]),
      ...filters,
    ],
    {
      cwd: root,
      encoding: "utf8",
      timeout: MAX_TEST_MS,
      maxBuffer: 2 ** 28,
      env: { ...FEWER_CASES, ...process.env },
    },
  );
  return { passed: child.status === 0, failed: failedTest(child.stdout) };
}

function failedTest(output: string): string {
  const start = output.indexOf('{"num');
  if (start < 0) return "the test run itself";
  try {
    // What vitest's JSON reporter prints, as far as it is read here.
    const report = JSON.parse(output.slice(start)) as {
      testResults: {
        name: string;
        assertionResults: { status: string; fullName: string }[];
      }[];
    };
    for (const { name, assertionResults } of report.testResults) {
      const failed = assertionResults.find(({ status }) => status === "failed");
      if (failed !== undefined) return `${name.split("/").at(-1)}: ${failed.fullName.trim()}`;
    }
  } catch {
    // The report was cut off with the process: that it failed is known.
  }
  return "the test run itself";
}
