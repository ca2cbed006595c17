import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { PROGRAM, SHOP, createDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

function writeConfig(desk: Desk, pairs: Record<string, object>): void {
  writeFileSync(desk.path("sync.config.json"), JSON.stringify({ pairs }));
}

/** A pair in step, then with one row of settings in conflict. */
async function createConflict(desk: Desk): Promise<void> {
  desk.database("a.db", SHOP);
  desk.database("b.db", SHOP);
  await desk.dbsync(["sync", "a.db", "b.db"]);
  desk.database("a.db", "UPDATE settings SET value = 'from a'");
  desk.database("b.db", "UPDATE settings SET value = 'from b'");
}

const value = (desk: Desk, name: string): unknown => desk.rows(name, "SELECT value FROM settings");

describe("a configured pair", () => {
  it("is known by its name to every command that wants a pair", async () => {
    const desk = createDesk();
    writeConfig(desk, { shop: { a: "a.db", b: "b.db", policy: "manual" } });
    await createConflict(desk);
    const synced = await desk.dbsync(["sync", "shop"]);
    expect(synced.stdout).toMatch(/^a {2}a.db\nb {2}b.db\n/);
    expect(synced.exitCode).toBe(1);
    expect((await desk.dbsync(["diff", "shop"])).exitCode).toBe(1);
    expect((await desk.dbsync(["validate", "shop", "--json"])).stdout).toContain("differences");
    expect((await desk.dbsync(["conflicts", "shop"])).stdout).toContain("settings");
    expect((await desk.dbsync(["conflicts", "show", "1", "shop"])).stdout).toContain("from a");
    const resolved = await desk.dbsync(["conflicts", "resolve", "1", "shop", "--take", "b"]);
    expect(resolved).toMatchObject({ exitCode: 0, stderr: "" });
    expect(value(desk, "a.db")).toEqual([{ value: "from b" }]);
    expect((await desk.dbsync(["ledger", "shop"])).stdout).toContain("settings");
    expect((await desk.dbsync(["undo", "last", "shop"])).exitCode).toBe(0);
    expect(value(desk, "b.db")).toEqual([{ value: "from a" }]);
  });

  it("is told by its pages beside another one, once they are remembered", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db", "c.db", "d.db"]) desk.database(name, SHOP);
    writeConfig(desk, { one: { a: "a.db", b: "b.db" }, two: { a: "c.db", b: "d.db" } });
    const run = async () => desk.dbsync(["sync", "one", "two", "--scan", "pages", "--json"]);
    await run();
    desk.database("d.db", "UPDATE settings SET value = 'from d'");
    expect(await run()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(value(desk, "c.db")).toEqual([{ value: "from d" }]);
    // The third notes all pages, and the fourth finds them as they were.
    for (let time = 3; time <= 4; time++) {
      const { stdout } = await run();
      const { runs } = JSON.parse(stdout) as { runs: unknown[] };
      const scan = { method: "pages", candidates: 0, notKnown: [] };
      expect(runs).toMatchObject([{ report: { scan } }, { report: { scan } }]);
    }
  });

  it("keeps its settings when it is given by path, in either order, unless an option says else", async () => {
    const desk = createDesk();
    await createConflict(desk);
    writeConfig(desk, { shop: { a: "a.db", b: "b.db", policy: "prefer-a" } });
    expect((await desk.dbsync(["sync", "b.db", "a.db"])).exitCode).toBe(0);
    expect(value(desk, "b.db")).toEqual([{ value: "from a" }]);
    desk.database("a.db", "UPDATE settings SET value = 'again a'");
    desk.database("b.db", "UPDATE settings SET value = 'again b'");
    expect((await desk.dbsync(["sync", "./a.db", "b.db", "--policy", "prefer-b"])).exitCode).toBe(
      0,
    );
    expect(value(desk, "a.db")).toEqual([{ value: "again b" }]);
  });

  it("runs with the others where none is named; one that fails does not stop the rest", async () => {
    const desk = createDesk();
    for (const name of ["a.db", "b.db", "c.db"]) desk.database(name, SHOP);
    writeConfig(desk, {
      broken: { a: "a.db", b: "none.db" },
      shop: { a: "a.db", b: "b.db" },
      copy: { a: "b.db", b: "c.db" },
    });
    desk.database("a.db", "UPDATE settings SET value = 'new'");
    const { exitCode, stdout, stderr } = await desk.dbsync(["sync", "--policy", "prefer-a"]);
    expect(exitCode).toBe(10);
    expect(stdout).toMatch(/— broken —[^]*— shop —[^]*— copy —/);
    expect(stderr).toContain("dbsync: SYNC_DB_MISSING: 1 of 3 pairs failed: broken.");
    expect(value(desk, "c.db")).toEqual([{ value: "new" }]);
    const some = await desk.dbsync(["sync", "shop", "copy", "--json"]);
    expect(some.exitCode).toBe(0);
    expect(JSON.parse(some.stdout)).toMatchObject({
      command: "sync",
      runs: [{ pair: "shop", report: { firstRun: false } }, { pair: "copy" }],
    });
    const failed = JSON.parse((await desk.dbsync(["sync", "--json"])).stdout) as object;
    expect(failed).toMatchObject({
      error: { code: "SYNC_DB_MISSING", details: { runs: [{}, {}, {}] } },
    });
  });
});

describe("dbsync config print", () => {
  it("says what holds and where it was said", async () => {
    const desk = createDesk();
    writeConfig(desk, { shop: { a: "a.db", b: "b.db" } });
    const { stdout, exitCode } = await desk.dbsync(["config", "print"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^stateDir +\S+ {2}\(environment: SYNC_STATE_DIR\)$/m);
    expect(stdout).toMatch(/^busyTimeoutMs +5000 {2}\(default\)$/m);
    expect(stdout).toMatch(/^pairs\.shop\.a +\S+a\.db {2}\(project: \S+sync\.config\.json:1\)$/m);
    const json = JSON.parse((await desk.dbsync(["config", "print", "--json"])).stdout) as object;
    expect(json).toMatchObject({
      schemaVersion: 1,
      command: "config",
      files: [{ source: "project" }],
    });
  });

  it("refuses a ring that would add twice", async () => {
    const desk = createDesk();
    writeConfig(desk, {
      one: { a: "a.db", b: "b.db" },
      two: { a: "b.db", b: "c.db", policy: "sum" },
      three: { a: "c.db", b: "a.db" },
    });
    const { exitCode, stderr } = await desk.dbsync(["config", "print"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("The pairs form a ring");
  });
});

describe("dbsync init", () => {
  it("writes a config that works, and never over another one", async () => {
    const desk = createDesk();
    await createConflict(desk);
    const args = ["init", "a.db", "./b.db", "--name", "my shop", "--policy", "prefer-b", "--yes"];
    const { exitCode, stdout } = await desk.dbsync(args);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("dbsync sync 'my shop'"),
    });
    expect((await desk.dbsync(["sync", "my shop"])).exitCode).toBe(0);
    expect(value(desk, "a.db")).toEqual([{ value: "from b" }]);
    expect(existsSync(desk.path("logs/synchronization.log"))).toBe(true);
    const before = readFileSync(desk.path("sync.config.yaml"), "utf8");
    const again = await desk.dbsync(args);
    expect(again).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("There is a config here already"),
    });
    expect(readFileSync(desk.path("sync.config.yaml"), "utf8")).toBe(before);
  });
});

describe("dbsync log", () => {
  it("shows what happened, of some events, a pair, a time", async () => {
    const desk = createDesk();
    await createConflict(desk);
    writeConfig(desk, { shop: { a: "a.db", b: "b.db", policy: "prefer-a" } });
    await desk.dbsync(["sync", "shop"]);
    await desk.dbsync(["sync", "a.db", "none.db"]);
    const all = (await desk.dbsync(["log"])).stdout.split("\n");
    expect(all.map((line) => line.slice(18).split(" ")[0])).toEqual([
      "sync_start",
      "conflict_skip",
      "sync_complete",
      "sync_start",
      "sync_error",
    ]);
    expect(all[1]).toMatch(/ {2}shop {2}settings name='hours': /);
    expect(all[4]).toContain("SYNC_DB_MISSING");
    const some = await desk.dbsync([
      "log",
      "--pair",
      "shop",
      "--event",
      "sync-error,conflict_skip",
    ]);
    expect(some.stdout.split("\n")).toHaveLength(1);
    expect((await desk.dbsync(["log", "--since", "2 hours ago"])).stdout.split("\n")).toHaveLength(
      5,
    );
    const { entries } = JSON.parse((await desk.dbsync(["log", "--json"])).stdout) as {
      entries: object[];
    };
    expect(entries[1]).toMatchObject({ event: "conflict_skip", pair: "shop", key: "name='hours'" });
    expect(readFileSync(desk.path("logs/synchronization.log"), "utf8")).not.toContain("from b");
  });

  it("shows one pair's by two paths, too, and follows with --follow until it is ended", async () => {
    const desk = createDesk();
    await createConflict(desk);
    await desk.dbsync(["sync", "a.db", "none.db"]);
    await desk.dbsync(["sync", "a.db", "b.db", "--policy", "prefer-a"]);
    const byPaths = await desk.dbsync(["log", "--pair", "a.db", "b.db", "--json"]);
    const { entries } = JSON.parse(byPaths.stdout) as { entries: { event: string }[] };
    expect(entries.map(({ event }) => event)).not.toContain("sync_error");
    expect(entries.map(({ event }) => event)).toContain("conflict_skip");
    const following = execa(process.execPath, [PROGRAM, "log", "--follow", "--json"], {
      cwd: desk.folder,
      env: { SYNC_STATE_DIR: desk.path(".state") },
      reject: false,
    });
    let last = "";
    for await (const line of following) {
      last = line;
      if (line.includes("conflict_skip")) following.kill("SIGTERM");
    }
    expect(JSON.parse(last)).toMatchObject({ event: expect.any(String) });
    expect((await following).exitCode).toBe(143);
  });

  it("that cannot be written is said once, and stops nothing", async () => {
    const desk = createDesk();
    await createConflict(desk);
    const env = { SYNC_LOG_FILE: "/dev/full" };
    const { exitCode, stderr } = await desk.dbsync(
      ["sync", "a.db", "b.db", "--policy", "prefer-a"],
      { env },
    );
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^dbsync: The log \/dev\/full cannot be written: ENOSPC.*$/);
    expect(value(desk, "b.db")).toEqual([{ value: "from a" }]);
  });
});
