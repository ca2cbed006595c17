import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import type { Step } from "../src/engine/steps.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

let pair: TestPair;
afterEach(() => pair.remove());

const TABLES = ["t", "u"].map(
  (name) =>
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO ${name} VALUES (1, 'one');`,
);

/** Puts an edited copy in place of side a, as a program does that locks the old one meanwhile. */
function replace(): void {
  const db = new Database(pair.a);
  db.exec("BEGIN IMMEDIATE");
  putCopyInPlace();
  db.exec("ROLLBACK");
  db.close();
}

function putCopyInPlace(): void {
  copyFileSync(pair.a, `${pair.a}.new`);
  const copy = new Database(`${pair.a}.new`);
  copy.exec("INSERT INTO u VALUES (8, 'came along')");
  copy.close();
  renameSync(`${pair.a}.new`, pair.a);
}

/** A program that works with the file at the path, and is killed before it closes it. */
function workAndDie(sql: string): void {
  const script = `
    const Database = require("better-sqlite3");
    const db = new Database(process.argv[1]);
    db.exec(process.argv[2]);
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["-e", script, pair.a, sql], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  if (signal !== "SIGKILL") throw new Error(stderr);
}

function editBoth(): void {
  for (const name of ["t", "u"]) {
    pair.edit("a", `INSERT INTO ${name} VALUES (2, 'A')`);
    pair.edit("b", `INSERT INTO ${name} VALUES (3, 'B')`);
  }
}

const LATE = "INSERT INTO t VALUES (7, 'late')";

/** Whatever became of the run under way, the next one finds what the program committed. */
async function expectLate(): Promise<void> {
  await pair.release();
  const now = new Database(pair.a);
  expect(now.pragma("integrity_check", { simple: true })).toBe("ok");
  now.close();
  expect(pair.rows("a", "SELECT v FROM t WHERE id = 7")).toEqual([{ v: "late" }]);
  await pair.sync();
  for (const side of ["a", "b"] as const) {
    expect(pair.rows(side, "SELECT v FROM t ORDER BY id").map(valueOf)).toEqual([
      "one",
      "A",
      "B",
      "late",
    ]);
    expect(pair.rows(side, "SELECT v FROM u ORDER BY id").map(valueOf)).toEqual([
      "one",
      "A",
      "B",
      "came along",
    ]);
  }
}

function valueOf(row: unknown): unknown {
  return (row as { v: unknown }).v;
}

describe.each(["delete", "wal"])("a file that is replaced, then used in %s mode", (mode) => {
  const use = `PRAGMA journal_mode = ${mode}; ${LATE}`;

  it.each<Step>(["drafted", "decided", "planned"])(
    "after %s loses nothing that is written to the new one",
    async (when) => {
      pair = makePair(TABLES.join(""), "delete");
      await pair.sync();
      editBoth();
      let isDone = false;
      const onStep = (step: Step): void => {
        if (step !== when || isDone) return;
        isDone = true;
        replace();
        workAndDie(use);
      };
      await expect(pair.sync({ onStep })).rejects.toMatchObject({ code: "SYNC_LOCKED" });
      await expectLate();
    },
  );

  it.each(["at once", "while the run writes"])(
    "while the run waits for its lock loses nothing that is written to the new one %s",
    async (when) => {
      pair = makePair(TABLES.join(""), "delete");
      await pair.sync();
      editBoth();
      const locker = pair.open("a");
      let isUsed = false;
      const useOnce = (): void => {
        if (!isUsed) workAndDie(use);
        isUsed = true;
      };
      const onStep = (step: Step): void => {
        if (step === "planned" && !locker.inTransaction) {
          locker.exec("BEGIN IMMEDIATE");
          // Comes when the run sleeps, which it does the first time where it waits for the lock.
          setTimeout(() => {
            putCopyInPlace();
            if (when === "at once") useOnce();
            locker.exec("ROLLBACK");
          }, 0);
        }
        // Its journal would lie beside the new file now.
        if (step === "written") useOnce();
      };
      await expect(pair.sync({ onStep })).rejects.toMatchObject({ code: "SYNC_LOCKED" });
      useOnce();
      await expectLate();
    },
  );
});

it("a file that is replaced while the run writes keeps the other side from being committed, too", async () => {
  pair = makePair(TABLES.join(""), "wal");
  await pair.sync();
  editBoth();
  const onStep = (step: Step): void => {
    if (step !== "written") return;
    // By a process of its own: closing a descriptor of the file here would drop the run's lock.
    execFileSync("cp", [pair.b, `${pair.b}.new`]);
    renameSync(`${pair.b}.new`, pair.b);
  };
  await expect(pair.sync({ onStep })).rejects.toMatchObject({ code: "SYNC_LOCKED" });
  expect(pair.rows("a", "SELECT v FROM t ORDER BY id").map(valueOf)).toEqual(["one", "A"]);
});
