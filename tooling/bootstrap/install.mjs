import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { findsCommand, installProblem, Problem } from "./problem.mjs";
import { announce, inRepository, readJson } from "./repository.mjs";
import { runQuietly } from "./run-command.mjs";

const STAMP_PATH = inRepository("node_modules", ".sync-installed");
const LOG_PATH = inRepository("reports", "install.log");

/**
 * Installs the dependencies the lock file names; does nothing if that was done before.
 *
 * @throws {Problem} if installing fails
 */
export async function install() {
  const stamp = installStamp();
  if (existsSync(STAMP_PATH) && readFileSync(STAMP_PATH, "utf8") === stamp) return;

  announce(
    "installing dependencies (about a minute the first time: SQLite may have to be compiled)",
  );
  const [command, ...args] = pnpmCommand();
  const { exitCode, output } = await runQuietly(
    command,
    [...args, "install", "--frozen-lockfile"],
    installEnvironment(),
  );
  mkdirSync(dirname(LOG_PATH), { recursive: true });
  writeFileSync(LOG_PATH, output);
  if (exitCode !== 0) {
    throw new Problem(installProblem(output, { findsCommand, logPath: LOG_PATH }));
  }
  writeFileSync(STAMP_PATH, stamp);
}

/** Changes with the lock file, any package.json, and the Node that SQLite was compiled for. */
function installStamp() {
  const hash = createHash("sha256");
  hash.update([process.platform, process.arch, process.versions.modules].join(" "));
  for (const path of [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package.json",
    ...workspaceManifests(),
  ]) {
    hash.update(path).update(readFileSync(inRepository(path)));
  }
  return hash.digest("hex");
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
