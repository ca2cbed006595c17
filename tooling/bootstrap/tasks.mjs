import { existsSync, rmSync } from "node:fs";
import { install } from "./install.mjs";
import { Problem } from "./problem.mjs";
import { announce, inRepository, readJson, repositoryRoot } from "./repository.mjs";
import { runInForeground, runQuietly } from "./run-command.mjs";

/** Finding everything already built takes about 150 ms, and is not worth a line. */
const QUIET_MS = 400;

const TASKS = { start, test, build };

/**
 * Runs `start`, `test` or `build` and sets the exit code. A Problem is printed as its sentence;
 * anything else is a defect of this folder and keeps its stack.
 *
 * @param {string} name
 * @param {readonly string[]} args what followed `--` on npm's command line
 */
export async function runTask(name, args) {
  try {
    process.exitCode = await TASKS[name](args);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announce(error.message);
    process.exitCode = 1;
  }
}

/** Runs the demo, or with arguments the dbsync command, where the user stands. */
async function start(args) {
  await build();
  const folder = args.length > 0 ? "packages/cli" : "apps/demo";
  const program = mainProgram(folder);
  if (args.length === 0) announce("running the demo");
  return runInForeground([program, ...args], process.env.INIT_CWD ?? process.cwd());
}

/** Runs the tests; arguments go to vitest, such as a folder or `-t name`. */
async function test(args) {
  await build();
  announce("running the tests");
  rmSync(inRepository("reports", "vitest.json"), { force: true });
  return runInForeground(
    [
      inRepository("node_modules", "vitest", "vitest.mjs"),
      "run",
      "--config=tooling/vitest/vitest.config.ts",
      "--reporter=default",
      "--reporter=json",
      "--outputFile.json=reports/vitest.json",
      ...args,
    ],
    repositoryRoot,
  );
}

/** Builds every package that changed since it was last built. */
async function build() {
  await install();
  const announcement = setTimeout(() => announce("building"), QUIET_MS);
  const { exitCode, output } = await runQuietly(process.execPath, [
    inRepository("node_modules", "turbo", "bin", "turbo"),
    "run",
    "build",
    "--output-logs=errors-only",
  ]);
  clearTimeout(announcement);
  if (exitCode !== 0) {
    process.stderr.write(output);
    throw new Problem("The build failed: mend the errors above and run the command again.");
  }
  return 0;
}

/** The program a workspace folder declares: its first `bin`, else its `main`. */
function mainProgram(folder) {
  const manifest = readJson(folder, "package.json");
  const bin = typeof manifest?.bin === "object" ? Object.values(manifest.bin)[0] : manifest?.bin;
  const program = bin ?? manifest?.main;
  if (program === undefined || !existsSync(inRepository(folder, program))) {
    throw new Problem(
      `${folder} has no program to run: its package.json must name a built file as bin or main.`,
    );
  }
  return inRepository(folder, program);
}
