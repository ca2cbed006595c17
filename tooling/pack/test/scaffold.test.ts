import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";
import { install, installInto } from "../src/project.ts";
import { ROOT, packAll, pnpm } from "../src/tarballs.ts";

// It installs several times, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 });

const TASKS = `CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT);
  INSERT INTO tasks VALUES (1, 'open'), (2, 'open');`;

function sql(path: string, statements: string): void {
  const db = new Database(path);
  db.exec(statements);
  db.close();
}

function states(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT state FROM tasks ORDER BY id").pluck().all();
  } finally {
    db.close();
  }
}

it("a resolver as dbsync writes it builds, keeps its tests, is packed, and decides by its name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sync-scaffold-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const packed = join(folder, "tarballs");
  mkdirSync(packed);
  const [ours, store] = await Promise.all([packAll(packed), pnpm(ROOT, ["store", "path"])]);
  const project = join(folder, "project");
  await installInto(project, { tarballs: ours, store, packages: ["@sync/cli"] });
  const dbsync = async (...args: readonly string[]): Promise<number | undefined> => {
    const program = join(project, "node_modules", ".bin", "dbsync");
    const env = { SYNC_STATE_DIR: join(folder, "state") };
    return (await execa(program, args, { cwd: project, env, reject: false })).exitCode;
  };
  expect(await dbsync("init", "resolver", "further")).toBe(0);

  const scaffold = join(project, "sync-resolver-further");
  await install(scaffold, { tarballs: ours, store });
  const { all } = await execa("npm", ["test"], { cwd: scaffold, all: true });
  expect(all).toMatch(/pass 3\b/);
  await pnpm(scaffold, ["pack", "--pack-destination", packed]);
  const tarball = readdirSync(packed).find((name) => name.startsWith("sync-resolver-further"));
  const { stdout } = await execa("tar", ["-tzf", join(packed, String(tarball))]);
  expect(stdout.split("\n").toSorted()).toEqual([
    "package/README.md",
    "package/dist/index.d.ts",
    "package/dist/index.js",
    "package/package.json",
  ]);

  const tarballs = new Map([...ours, ["sync-resolver-further", join(packed, String(tarball))]]);
  const packages = ["@sync/cli", "sync-resolver-further"];
  await installInto(project, { tarballs, store, packages });
  for (const side of ["a", "b"]) sql(join(project, `${side}.db`), TASKS);
  const sync = ["sync", "a.db", "b.db", "--policy", "further"];
  expect(await dbsync(...sync)).toBe(0);
  sql(join(project, "a.db"), "UPDATE tasks SET state = iif(id = 1, 'done', 'started')");
  sql(join(project, "b.db"), "UPDATE tasks SET state = iif(id = 1, 'started', 'lost')");
  // The first is decided; the second has a state that the rule does not know, and waits.
  expect(await dbsync(...sync)).toBe(1);
  expect(states(join(project, "a.db"))).toEqual(["done", "started"]);
  expect(states(join(project, "b.db"))).toEqual(["done", "lost"]);
});
