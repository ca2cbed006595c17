import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { NOW_MS, eventAfter, linesOf, temporaryFolder, testLog } from "./events.ts";

const DAY_MS = 86_400_000;

describe("a log", () => {
  it("is one line of JSON for each event, in a folder that it makes", () => {
    const file = join(temporaryFolder(), "logs", "synchronization.log");
    const log = testLog({ file });
    log.write(
      eventAfter(0, { runId: "r1", fields: { pair: "shop", table: "notes", key: "id=7" } }),
    );
    log.write(eventAfter(5, { event: "sync_complete" }));
    const [first, second] = linesOf(file);
    expect(first).toEqual({
      level: "info",
      pid: process.pid,
      time: "2025-03-01T12:00:00.000Z",
      event: "sync_start",
      runId: "r1",
      pair: "shop",
      table: "notes",
      key: "id=7",
    });
    expect(second).toMatchObject({ event: "sync_complete", a: "a.db", b: "b.db" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(log.warnings).toEqual([]);
  });

  it("leaves out what is below its level", () => {
    const file = join(temporaryFolder(), "x.log");
    const log = testLog({ file, level: "warn" });
    log.write(eventAfter(0));
    log.write(eventAfter(1, { event: "conflict_skip", level: "warn" }));
    log.write(eventAfter(2, { event: "sync_error", level: "error" }));
    expect(linesOf(file).map(({ event }) => event)).toEqual(["conflict_skip", "sync_error"]);
  });

  it("holds neither secrets nor rows, and says each word once", () => {
    const file = join(temporaryFolder(), "x.log");
    const fields = {
      message: "no http://ann:pw@host",
      base: { body: "dear diary" },
      level: "high",
    };
    testLog({ file }).write(eventAfter(0, { fields }));
    const text = readFileSync(file, "utf8");
    expect(text).not.toMatch(/pw|diary/);
    expect(linesOf(file)[0]).toMatchObject({ level: "info", level_: "high" });
  });

  it("survives fields that cannot be read", () => {
    const file = join(temporaryFolder(), "x.log");
    const fields = {
      get bad(): string {
        throw new Error("not today");
      },
    };
    testLog({ file }).write(eventAfter(0, { fields }));
    expect(linesOf(file)[0]).toMatchObject({ event: "sync_start", unreadable: "not today" });
  });

  it("has its last line when the process is ended at once", () => {
    const file = join(temporaryFolder(), "x.log");
    const source = `
      import { createLog } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      const log = createLog({ file: process.argv[1] });
      for (let i = 0; i < 100; i++) log.write({ event: "sync_start", level: "info", timeMs: i, fields: { i } });
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", source, file]);
    expect(signal).toBe("SIGKILL");
    expect(linesOf(file).map(({ i }) => i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

describe("a log is put aside", () => {
  it("when it is full, and only so many are kept", () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    const log = testLog({ file, maxBytes: 400, maxFiles: 2 });
    for (let i = 0; i < 40; i++) log.write(eventAfter(i, { fields: { i } }));
    expect(readdirSync(folder).toSorted()).toEqual(["x.log", "x.log.1", "x.log.2"]);
    const numbers = ["x.log.2", "x.log.1", "x.log"].flatMap((name) =>
      linesOf(join(folder, name)).map(({ i }) => Number(i)),
    );
    expect(numbers.at(-1)).toBe(39);
    expect(numbers).toEqual(numbers.map((_, index) => 40 - numbers.length + index));
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(400);
    }
  });

  it("when its first line is old, also one of an earlier process", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    const first = testLog({ file, maxAgeMs: DAY_MS });
    first.write(eventAfter(0));
    await first.close();
    const second = testLog({ file, maxAgeMs: DAY_MS, now: () => NOW_MS + DAY_MS });
    second.write(eventAfter(DAY_MS));
    expect(existsSync(`${file}.1`)).toBe(false);
    const third = testLog({ file, maxAgeMs: DAY_MS, now: () => NOW_MS + DAY_MS + 1 });
    third.write(eventAfter(DAY_MS + 1));
    expect([linesOf(`${file}.1`).length, linesOf(file).length]).toEqual([2, 1]);
  });

  it("without any former file, where none is wanted", () => {
    const folder = temporaryFolder();
    const log = testLog({ file: join(folder, "x.log"), maxBytes: 300, maxFiles: 0 });
    for (let i = 0; i < 9; i++) log.write(eventAfter(i));
    expect(readdirSync(folder)).toEqual(["x.log"]);
    expect(log.warnings).toEqual([]);
  });

  it("by one of several writers, and the others follow", () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    const logs = [0, 1, 2].map(() => testLog({ file, maxBytes: 500, maxFiles: 20 }));
    for (let i = 0; i < 60; i++) logs[i % 3]?.write(eventAfter(i, { fields: { i } }));
    const numbers = readdirSync(folder).flatMap((name) => linesOf(join(folder, name)));
    expect(numbers.map(({ i }) => Number(i)).toSorted((x, y) => x - y)).toEqual(
      Array.from({ length: 60 }, (_, i) => i),
    );
    expect(linesOf(file).at(-1)).toMatchObject({ i: 59 });
  });

  it("later, where another process is about it; a lock left by a crash does not last", () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    const log = testLog({ file, maxBytes: 100 });
    writeFileSync(`${file}.lock`, "");
    log.write(eventAfter(0));
    log.write(eventAfter(1));
    expect(linesOf(file)).toHaveLength(2);
    utimesSync(`${file}.lock`, 0, 0);
    log.write(eventAfter(2));
    log.write(eventAfter(3));
    expect(linesOf(file)).toHaveLength(1);
    expect(readdirSync(folder).toSorted()).toEqual(["x.log", "x.log.1"]);
  });
});

describe("a log that cannot be written stops nothing and says so once", () => {
  it("on a full disk", () => {
    const log = testLog({ file: "/dev/full" });
    for (let i = 0; i < 3; i++) log.write(eventAfter(i));
    expect(log.warnings).toHaveLength(1);
    expect(log.warnings[0]).toMatch(/^The log \/dev\/full cannot be written: ENOSPC/);
  });

  it("where a folder has its name, and goes on when that is gone", () => {
    const file = join(temporaryFolder(), "x.log");
    mkdirSync(file);
    const log = testLog({ file });
    log.write(eventAfter(0));
    log.write(eventAfter(1));
    expect(log.warnings).toEqual([expect.stringContaining("EISDIR")]);
    rmdirSync(file);
    log.write(eventAfter(2));
    expect(linesOf(file)).toHaveLength(1);
    expect(log.warnings).toHaveLength(1);
  });

  it("where a file is in the place of its folder", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "logs"), "");
    const log = testLog({ file: join(folder, "logs", "x.log") });
    log.write(eventAfter(0));
    expect(log.warnings).toHaveLength(1);
  });

  it("at a named pipe that nobody reads", () => {
    const file = join(temporaryFolder(), "pipe");
    expect(spawnSync("mkfifo", [file]).status).toBe(0);
    const log = testLog({ file });
    log.write(eventAfter(0));
    expect(log.warnings).toEqual([expect.stringContaining("ENXIO")]);
  });

  it("without permission, on stderr where nobody else listens", () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    writeFileSync(file, "");
    chmodSync(file, 0o400);
    chmodSync(folder, 0o555);
    const isRoot = process.getuid?.() === 0;
    // Root may write everything: somebody else tries.
    if (isRoot) chownSync(folder, 65_534, 65_534);
    const source = `
      import { createLog } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      process.setuid?.(${isRoot ? 65_534 : "process.getuid()"});
      const log = createLog({ file: process.argv[1] });
      for (const timeMs of [1, 2]) log.write({ event: "sync_start", level: "info", timeMs, fields: {} });
      console.log("went on");`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", source, file],
      { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) },
    );
    expect(stdout).toBe("went on\n");
    expect(stderr).toMatch(/^The log .* cannot be written: EACCES.*\n$/);
  });
});

it("a line is not glued to one that a crash tore", () => {
  const file = join(temporaryFolder(), "x.log");
  writeFileSync(file, '{"level":"info","time":"2025-03-01T11:00:00.000Z","ev');
  testLog({ file }).write(eventAfter(0));
  const [torn, whole = ""] = readFileSync(file, "utf8").split("\n");
  expect(torn).toMatch(/"ev$/);
  expect(JSON.parse(whole)).toMatchObject({ event: "sync_start" });
});

it("a log that somebody else moves away is begun anew", () => {
  const file = join(temporaryFolder(), "x.log");
  const log = testLog({ file });
  log.write(eventAfter(0));
  renameSync(file, `${file}.old`);
  log.write(eventAfter(1));
  expect([linesOf(`${file}.old`).length, linesOf(file).length]).toEqual([1, 1]);
});
