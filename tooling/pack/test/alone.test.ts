import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { installInto, installedPackages, nativeFiles } from "../src/project.ts";
import { ROOT, packAll, pnpm } from "../src/tarballs.ts";
import type { Tarballs } from "../src/tarballs.ts";
import { typeCheck } from "../src/type-check.ts";

// Each test installs a package, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));

interface Alone {
  readonly name: string;
  /** Of ours, besides itself. */
  readonly brings: readonly string[];
  /** SQLite comes along. */
  readonly isNative: boolean;
  /** What its program in `fixtures` prints. */
  readonly prints: string;
}

const ALONE: readonly Alone[] = [
  { name: "model", brings: [], isNative: false, prints: "mine id=7 SYNC_LOCKED" },
  {
    name: "resolvers",
    brings: ["model"],
    isNative: false,
    prints: "mine last-write-wins rekey,sum",
  },
  { name: "logging", brings: ["model"], isNative: false, prints: "sync_error SYNC_IO" },
  { name: "watcher", brings: ["model"], isNative: false, prints: "a.db b.db" },
  { name: "report", brings: ["model"], isNative: false, prints: "written" },
  { name: "core", brings: ["model"], isNative: true, prints: "t 1 1\n0 function" },
  {
    name: "manager",
    brings: ["core", "logging", "model", "resolvers"],
    isNative: true,
    prints: "last-write-wins t",
  },
];

let folder = "";
let tarballs: Tarballs = new Map();
let store = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sync-pack-"));
  mkdirSync(join(folder, "tarballs"));
  [tarballs, store] = await Promise.all([
    packAll(join(folder, "tarballs")),
    pnpm(ROOT, ["store", "path"]),
  ]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A project that has this package and nothing else. */
async function makeProject(name: string): Promise<string> {
  const project = join(folder, name);
  await installInto(project, { tarballs, store, packages: [`@sync/${name}`] });
  for (const [side, id] of [
    ["a", 1],
    ["b", 2],
  ] as const) {
    const db = new Database(join(project, `${side}.db`));
    db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (${id})`);
    db.close();
  }
  return project;
}

async function node(cwd: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, args, { cwd });
  return stdout;
}

it("every published package is tried", () => {
  const tried = [...ALONE.map(({ name }) => `@sync/${name}`), "@sync/cli"];
  expect([...tarballs.keys()].toSorted()).toEqual(tried.toSorted());
});

describe.concurrent("alone in an empty project", () => {
  it.each(ALONE.map((alone) => [`@sync/${alone.name}`, alone] as const))(
    "%s compiles, runs, and brings what it says",
    async (_, { name, brings, isNative, prints }) => {
      const project = await makeProject(name);
      const installed = installedPackages(project);
      expect(installed.filter((one) => one.startsWith("@sync/"))).toEqual(
        [name, ...brings].map((one) => `@sync/${one}`).toSorted(),
      );
      expect(installed.includes("better-sqlite3")).toBe(isNative);
      if (!isNative) expect(nativeFiles(project)).toEqual([]);
      const main = join(project, "main.ts");
      copyFileSync(join(FIXTURES, `${name}.ts`), main);
      expect(typeCheck(main, "nodenext")).toEqual([]);
      expect(typeCheck(main, "bundler")).toEqual([]);
      expect(await node(project, ["main.js"])).toBe(prints);
      expect(await requiredNames(project, name)).toEqual(await importedNames(project, name));
    },
  );
});

/** Node 20.19 and later let CommonJS `require` an ES module that does not wait at its top level. */
async function requiredNames(project: string, name: string): Promise<unknown> {
  const program = `console.log(JSON.stringify(Object.keys(require("@sync/${name}")).sort()))`;
  writeFileSync(join(project, "main.cjs"), program);
  return JSON.parse(await node(project, ["main.cjs"]));
}

async function importedNames(project: string, name: string): Promise<unknown> {
  const program = `import * as all from "@sync/${name}"; console.log(JSON.stringify(Object.keys(all).sort()))`;
  return JSON.parse(await node(project, ["--input-type=module", "-e", program]));
}

it("@sync/cli runs from a project, and after npm install --global", async () => {
  const project = await makeProject("cli");
  expect(installedPackages(project).filter((one) => one.startsWith("@sync/"))).toEqual(
    [...tarballs.keys()].toSorted(),
  );
  await tryCommand(project, join(project, "node_modules", ".bin", "dbsync"));
  const prefix = join(folder, "global");
  await installGlobally(prefix);
  const program = process.platform === "win32" ? "dbsync.cmd" : join("bin", "dbsync");
  await tryCommand(project, join(prefix, program));
});

/**
 * Nothing of ours is in a registry, so npm gets all tarballs at once. So that SQLite is not compiled once more,
 * it also gets the compiled one of the repository; no package of ours has a script that runs when it is installed.
 */
async function installGlobally(prefix: string): Promise<void> {
  const compiled = fileURLToPath(new URL(".", import.meta.resolve("better-sqlite3/package.json")));
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await execa("npm", [
    "install",
    "--global",
    "--prefix",
    prefix,
    ...options,
    ...[...tarballs.values(), compiled].map((path) => path.replace(/[\\/]$/, "")),
  ]);
}

async function tryCommand(cwd: string, dbsync: string): Promise<void> {
  const run = async (...args: readonly string[]): Promise<unknown[]> => {
    const env = { SYNC_STATE_DIR: join(cwd, "state") };
    const { exitCode, stdout } = await execa(dbsync, args, { cwd, env, reject: false });
    return [exitCode, stdout];
  };
  expect(await run("--version")).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  expect(await run("diff", "a.db", "b.db")).toEqual([1, expect.stringContaining("They differ: ")]);
  expect(await run("sync", "a.db", "b.db", "--dry-run")).toEqual([0, expect.any(String)]);
}
