import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { findsCommand, installProblem, Problem } from "./problem.mjs";
import { announce, inRepository, readJson } from "./repository.mjs";
import { runQuietly } from "./run-command.mjs";

const STAMP_NAME = ".sync-installed.json";
const LOG_PATH = inRepository("reports", "install.log");

/**
 * Installs the dependencies the lock file names; does nothing if that was done before.
 *
 * @throws {Problem} if installing fails
 */
export async function install() {
  const wanted = { runtime: currentRuntime(), dependencies: dependenciesDigest() };
  const present = readJson("node_modules", STAMP_NAME);
  const sameRuntime = present === undefined || present.runtime === wanted.runtime;
  if (sameRuntime && present?.dependencies === wanted.dependencies && hasPackageLinks()) return;

  announce(
    "installing dependencies (about a minute the first time: SQLite may have to be compiled)",
  );
  await runPnpm("install", "--frozen-lockfile");
  if (!sameRuntime) {
    // pnpm sees nothing to do when only Node has changed, but SQLite was compiled for the old one.
    // Should this fail, then no Node has a usable build: the next run must come here again.
    writeStamp({ ...present, runtime: "none" });
    await runPnpm("rebuild", "better-sqlite3");
  }
  writeStamp(wanted);
}

function writeStamp(stamp) {
  writeFileSync(inRepository("node_modules", STAMP_NAME), JSON.stringify(stamp));
}

/** What compiled addons depend on, such as "linux x64 115". */
function currentRuntime() {
  return [process.platform, process.arch, process.versions.modules].join(" ");
}

/** Changes with the lock file and with any package.json. */
function dependenciesDigest() {
  const hash = createHash("sha256");
  const paths = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...workspaceManifests()];
  for (const path of paths) hash.update(path).update(readFileSync(inRepository(path)));
  return hash.digest("hex");
}

/** Each package has links of its own, which can be deleted without touching the stamp. */
function hasPackageLinks() {
  return workspaceManifests()
    .filter((path) => {
      const { dependencies = {}, devDependencies = {} } = readJson(path);
      return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
    })
    .every((path) => existsSync(inRepository(dirname(path), "node_modules")));
}

function workspaceManifests() {
  return ["packages", "apps", "tooling"]
    .filter((group) => existsSync(inRepository(group)))
    .flatMap((group) =>
      readdirSync(inRepository(group))
        .toSorted()
        .map((name) => join(group, name, "package.json")),
    )
    .filter((path) => existsSync(inRepository(path)));
}

async function runPnpm(...pnpmArgs) {
  const [command, ...args] = pnpmCommand();
  const { exitCode, output } = await runQuietly(
    command,
    [...args, ...pnpmArgs],
    installEnvironment(),
  );
  mkdirSync(dirname(LOG_PATH), { recursive: true });
  writeFileSync(LOG_PATH, output);
  if (exitCode !== 0) {
    throw new Problem(installProblem(output, { findsCommand, logPath: LOG_PATH }));
  }
}

/** The pnpm that package.json names: the installed one, else fetched through npm. */
function pnpmCommand() {
  const pinned = readJson("package.json").packageManager;
  const installed = readJson("node_modules", "pnpm", "package.json");
  if (installed !== undefined && pinned === `pnpm@${installed.version}`) {
    return [process.execPath, inRepository("node_modules", "pnpm", "bin", "pnpm.cjs")];
  }
  const npx = ["exec", "--yes", `--package=${pinned}`, "--", "pnpm"];
  // npm tells its children where it lives; without it (run by hand) it is looked up on the PATH.
  const npmPath = process.env.npm_execpath;
  if (npmPath?.endsWith("npm-cli.js")) return [process.execPath, npmPath, ...npx];
  return ["npm", ...npx];
}

function installEnvironment() {
  const environment = {
    CI: "true", // pnpm then never asks
    NODE_ENV: "development", // "production" would leave out the tools that build and test
    MAKEFLAGS: process.env.MAKEFLAGS ?? `-j${availableParallelism()}`,
    // The defaults wait 10 s and 60 s between tries: too long to learn that the network is down.
    npm_config_fetch_retry_mintimeout: process.env.npm_config_fetch_retry_mintimeout ?? "1000",
    npm_config_fetch_retry_maxtimeout: process.env.npm_config_fetch_retry_maxtimeout ?? "5000",
  };
  // Header files that came with this Node spare node-gyp a download.
  const nodePrefix = dirname(dirname(process.execPath));
  if (existsSync(join(nodePrefix, "include", "node", "node.h"))) {
    environment.npm_config_nodedir = process.env.npm_config_nodedir ?? nodePrefix;
  }
  return environment;
}
