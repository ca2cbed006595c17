import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { SyncManager } from "../src/sync-manager.ts";
import { examine } from "../src/doctor/examine.ts";
import type { DoctorFacts } from "../src/doctor/facts.ts";
import { gatherFacts } from "../src/doctor/gather.ts";
import { judge } from "../src/doctor/judge.ts";
import { mountOf, parseMounts } from "../src/doctor/mounts.ts";

const driver = createRequire(import.meta.url).resolve("better-sqlite3");

interface Place {
  readonly folder: string;
  readonly a: string;
  readonly b: string;
}

/** A folder that goes away with the test. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Two equal databases, in a folder that nobody copies. */
function place(folder = temporaryFolder(), sql = "CREATE TABLE t (a)"): Place {
  mkdirSync(folder, { recursive: true });
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  for (const path of [a, b]) {
    const db = new Database(path);
    db.exec(sql);
    db.close();
  }
  return { folder, a, b };
}

function factsOf(
  { folder, a, b }: Place,
  more: { stateDir?: string; nowMs?: number } = {},
): DoctorFacts {
  return gatherFacts({
    pairs: [{ name: "shop", a, b, stoppingDifferences: null }],
    stateDir: more.stateDir ?? join(folder, "state"),
    logFile: join(folder, "logs", "sync.log"),
    nowMs: more.nowMs ?? Date.now(),
  });
}

/** `check: message` of what is found. */
function found(facts: DoctorFacts): string[] {
  return judge(facts).map(({ check, message }) => `${check}: ${message}`);
}

/** Another process with `db` open, until the test is over. */
async function elsewhere(path: string, program: string): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `const db = require(process.argv[1])(process.argv[2]); ${program}; console.log("ready"); setInterval(() => {}, 1000);`,
      driver,
      path,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

/** Mounts a file system of so many bytes there; skips the test where that is not allowed. */
function mount(folder: string, options: string, skip: (note: string) => void): void {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (status !== 0) skip("mounting needs root");
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
}

test("nothing is found where all is well, and nothing is written", async () => {
  const here = place();
  const manager = new SyncManager({
    config: { stateDir: join(here.folder, "state"), log: { file: join(here.folder, "sync.log") } },
    worker: false,
  });
  onTestFinished(async () => manager.close());
  const report = await examine(manager, [{ name: null, pair: here }]);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ schemaVersion: 1, command: "doctor", ok: true });
  expect(execFileSync("ls", [here.folder], { encoding: "utf8" }).split("\n")).toEqual([
    "a.db",
    "b.db",
    "",
  ]);
});

test("schemas that differ", async () => {
  const here = place();
  const db = new Database(here.b);
  db.exec("CREATE TABLE more (x); CREATE VIEW harmless AS SELECT 1");
  db.close();
  const manager = new SyncManager({
    config: { stateDir: join(here.folder, "state") },
    worker: false,
  });
  onTestFinished(async () => manager.close());
  const { findings, ok } = await examine(manager, [{ name: "shop", pair: here }]);
  expect(ok).toBe(false);
  expect(findings).toEqual([
    {
      check: "content",
      severity: "problem",
      subject: "shop",
      message: "Their tables are not the same: 1 difference stops a sync.",
      cure: expect.stringContaining("dbsync schema"),
    },
  ]);
});

describe("files", () => {
  test("that are missing, or no files", () => {
    const here = place();
    rmSync(here.a);
    rmSync(here.b);
    mkdirSync(here.b);
    expect(found(factsOf(here))).toEqual([
      "files: There is no such file.",
      "files: This is not a file.",
    ]);
  });

  test("that are no databases", () => {
    const here = place();
    writeFileSync(here.a, "x".repeat(5000));
    expect(found(factsOf(here))).toEqual([
      expect.stringMatching(/^content: .*is not an SQLite database/),
    ]);
  });

  test("one on both sides", () => {
    const here = place();
    expect(found(factsOf({ ...here, b: here.a }))).toContain(
      "files: Both sides are the same file.",
    );
  });

  test("that may not be written, nor their folder", ({ skip }) => {
    const here = place();
    // What root may do is no measure: another user looks.
    const seen = (program: string): string[] => {
      const script = `process.setgid(65534); process.setuid(65534); ${program}`;
      const { stdout, status, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "-e", script],
        { encoding: "utf8" },
      );
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as string[];
    };
    if (process.getuid?.() !== 0) skip("becoming another user needs root");
    chmodSync(here.folder, 0o755);
    chmodSync(here.a, 0o644);
    chmodSync(here.b, 0o600);
    const dist = new URL("../dist/doctor/", import.meta.url).href;
    const program = `const { gatherFacts } = await import("${dist}gather.js"); const { judge } = await import("${dist}judge.js");
      const facts = gatherFacts({ pairs: [{ name: "shop", a: ${JSON.stringify(here.a)}, b: ${JSON.stringify(here.b)}, stoppingDifferences: null }],
        stateDir: ${JSON.stringify(join(here.folder, "state"))}, logFile: null, nowMs: Date.now() });
      console.log(JSON.stringify(judge(facts).map(({ check, message }) => check + ": " + message)));`;
    expect(seen(program)).toEqual([
      "files: It may not be written.",
      "files: It may not be read.",
      "files: The state folder cannot be written: a run could remember nothing.",
    ]);
    chmodSync(here.a, 0o666);
    chmodSync(here.b, 0o666);
    expect(seen(program)[0]).toBe(
      "files: Its folder may not be written, and SQLite makes its journal there.",
    );
  });

  test("on a file system that is mounted read-only", ({ skip }) => {
    const folder = join(temporaryFolder(), "mount");
    mount(folder, "size=1m", skip);
    const here = place(folder);
    execFileSync("mount", ["-o", "remount,ro", folder]);
    const facts = { ...factsOf(here, { stateDir: tmpdir() }), log: null };
    expect(found(facts)).toEqual(
      Array.from(
        { length: 2 },
        () =>
          `files: The file system at ${folder} is mounted read-only: it can be compared, not synced.`,
      ),
    );
    execFileSync("mount", ["-o", "remount,rw", folder]);
  });
});

describe("locks", () => {
  test.each(["delete", "wal"])("of a process that writes, in %s mode", async (mode) => {
    const here = place(undefined, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`);
    const pid = await elsewhere(here.a, "db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)')");
    expect(found(factsOf(here))).toEqual([`locks: Process ${pid} keeps it locked for writing.`]);
  });

  test("of a process that keeps readers out", async () => {
    const here = place();
    const pid = await elsewhere(here.b, "db.exec('BEGIN EXCLUSIVE')");
    expect(found(factsOf(here))).toEqual([
      `locks: Process ${pid} keeps it locked, also for reading.`,
    ]);
  });

  test("of a process that only has it open are none", async () => {
    const here = place(undefined, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    await elsewhere(here.a, "db.exec('INSERT INTO t VALUES (1)')");
    expect(found(factsOf(here))).toEqual([]);
  });
});

describe("what a crash left", () => {
  const crash = (path: string, program: string): void =>
    void spawnSync(process.execPath, [
      "-e",
      `const db = require(process.argv[1])(process.argv[2]); ${program}; process.kill(process.pid, "SIGKILL")`,
      driver,
      path,
    ]);

  test("a log with rows in it", () => {
    const here = place(undefined, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    crash(here.a, "db.exec('INSERT INTO t VALUES (1)')");
    expect(found(factsOf(here))).toEqual([
      "journals: The program that used it last did not close it: its newest rows stand in the -wal file.",
    ]);
  });

  test("a journal to roll back", () => {
    const here = place();
    crash(
      here.a,
      "db.pragma('cache_size = 1'); db.exec(\"BEGIN; INSERT INTO t SELECT zeroblob(9000) FROM (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5)\")",
    );
    expect(found(factsOf(here))).toEqual([
      "journals: A program that wrote to it was killed in the middle: there is a journal to roll back.",
    ]);
  });

  test("a log that never ends", async () => {
    const here = place(undefined, "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    await elsewhere(here.a, "db.exec('INSERT INTO t VALUES (1)')");
    truncateSync(`${here.a}-wal`, 80 * 2 ** 20);
    expect(found(factsOf(here))).toEqual([
      expect.stringMatching(/^journals: Its -wal file has 80 MB/),
    ]);
  });
});

describe("a folder that is copied between machines", () => {
  test("with the database, the state and the log in it", () => {
    const home = temporaryFolder();
    mkdirSync(join(home, "share", ".stfolder"), { recursive: true });
    const here = place(join(home, "share"));
    const all = found(factsOf(here));
    expect(all.map((line) => line.slice(0, 40))).toEqual([
      "copied-folder: It lies in " + join(home, "share").slice(0, 14),
      ...Array.from(
        { length: 3 },
        () => "copied-folder: It lies in " + join(home, "share").slice(0, 14),
      ),
    ]);
    expect(
      judge(factsOf(here)).map(({ severity, subject }) => `${severity} ${subject ?? ""}`),
    ).toEqual([
      `problem ${join(here.folder, "state")}`,
      `warning ${here.a}`,
      `warning ${here.b}`,
      `warning ${join(here.folder, "logs")}`,
    ]);
    expect(judge(factsOf(here))[1]?.cure).toContain(
      "pair it with this one: dbsync sync PRIVATE SHARED",
    );
  });

  test("with a database in WAL mode, which is worse", () => {
    const home = temporaryFolder();
    const here = place(join(home, "Dropbox"), "PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    const { severity, message } = judge(factsOf(here, { stateDir: home }))[0] ?? {};
    expect(severity).toBe("problem");
    expect(message).toContain("is in WAL mode and lies in");
  });
});

test("a disk without room", ({ skip }) => {
  const folder = join(temporaryFolder(), "mount");
  mount(folder, "size=1m", skip);
  const here = place(folder);
  writeFileSync(join(folder, "fill"), Buffer.alloc(2 ** 20 - 3 * 4096 - 8192));
  writeFileSync(join(folder, "more"), Buffer.alloc(1));
  const facts = { ...factsOf(here), log: null };
  const lines = found(facts).filter((line) => line.startsWith("space"));
  expect(lines).toEqual([
    expect.stringContaining("what is remembered of a pair takes about as much"),
    expect.stringContaining("left beside it"),
    expect.stringContaining("left beside it"),
  ]);
});

test("a clock that is wrong, and a file from the future", () => {
  const here = place();
  const later = new Date(Date.now() + 3_600_000);
  utimesSync(here.a, later, later);
  expect(found(factsOf(here))).toEqual([
    expect.stringMatching(/^clock: It was changed at .* yet to come/),
  ]);
  expect(found(factsOf(here, { nowMs: 0 }))[0]).toMatch(/^clock: This machine's clock says 1970/);
});

describe("what cannot be had on every machine, by its facts", () => {
  const facts = (change: (facts: DoctorFacts) => DoctorFacts): string[] =>
    found(change(factsOf(place())));

  test("a network file system", () => {
    const line =
      "server:/home /home/my\\040files nfs4 rw,relatime,vers=4.2 0 0\ntmpfs /home/my\\040files/x tmpfs ro 0 0\n/dev/vda / ext4 rw 0 0\n";
    const mounts = parseMounts(line);
    expect(mountOf("/home/my files/shop.db", mounts)).toEqual({
      point: "/home/my files",
      type: "nfs4",
      isReadOnly: false,
    });
    expect(mountOf("/home/my files/x", mounts)).toMatchObject({ type: "tmpfs", isReadOnly: true });
    expect(mountOf("/home/my filesystem", mounts)).toMatchObject({ type: "ext4" });
    const mounted = facts((all) => ({ ...all, state: { ...all.state, mount: mounts[0] ?? null } }));
    expect(mounted).toEqual([expect.stringMatching(/^network: .*nfs4 at \/home\/my files/)]);
  });

  test("an old Node, an old SQLite, few watches, a module that is missing", () => {
    expect(facts((all) => ({ ...all, node: "20.18.1" }))[0]).toMatch(
      /^program: This is Node 20.18.1/,
    );
    expect(facts((all) => ({ ...all, node: "22.0.0" }))).toEqual([]);
    expect(facts((all) => ({ ...all, inotifyWatches: 100 }))[0]).toMatch(/^watching: /);
    const withProbe =
      (sqlite: string, unsupported: { table: string; reason: string }[]) =>
      (all: DoctorFacts): DoctorFacts => ({
        ...all,
        databases: all.databases.slice(0, 1).map((one) =>
          Object.assign(one, {
            probe: { type: "opened", journalMode: "delete", sqlite, unsupported },
          } as const),
        ),
      });
    expect(facts(withProbe("3.31.0", []))[0]).toMatch(/^program: SQLite 3.31.0/);
    expect(
      facts(withProbe("3.53.2", [{ table: "t", reason: "it needs the module spellfix1" }])),
    ).toEqual(["content: The table `t` cannot be synced: it needs the module spellfix1."]);
  });
});
