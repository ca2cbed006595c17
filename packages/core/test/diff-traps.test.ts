import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { diffDatabases, diffPatch, diffRows } from "../src/engine/diff.ts";
import {
  collected,
  dumpRows,
  dumpSchema,
  fileHashes,
  makeDatabase,
  temporaryFolder,
} from "./databases.ts";
import { TRAPS } from "./trap-table.ts";
import type { Trap } from "./trap-table.ts";

const hasShell = spawnSync("sqlite3", ["--version"]).status === 0;

function makePair(trap: Pick<Trap, "a" | "b">): { a: string; b: string; copy: string } {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  makeDatabase(a, trap.a);
  makeDatabase(b, trap.b);
  const copy = join(folder, "copy.db");
  copyFileSync(a, copy);
  return { a, b, copy };
}

async function patchText(pair: { a: string; b: string }): Promise<string> {
  return (await collected(diffPatch(pair))).map((line) => `${line}\n`).join("");
}

function applyByDriver(path: string, patch: string): void {
  const db = new Database(path);
  try {
    db.pragma("synchronous = OFF");
    db.exec(patch);
  } finally {
    db.close();
  }
}

function applyByShell(path: string, patch: string): void {
  // Somebody's own settings must not matter.
  const input = `PRAGMA foreign_keys = ON;\n${patch}`;
  execFileSync("sqlite3", ["-batch", "-bail", path], { input, stdio: ["pipe", "pipe", "pipe"] });
}

/** Full-text indexes must find what the content holds. */
function checkIndexes(path: string): void {
  const db = new Database(path);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    const indexes = db
      .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE '%using fts5%'")
      .pluck()
      .all() as string[];
    for (const name of indexes)
      db.exec(`INSERT INTO ${name} (${name}, rank) VALUES ('integrity-check', 1)`);
  } finally {
    db.close();
  }
}

describe("the trap table, compared", () => {
  test.each(TRAPS)("counts every difference: $name", async (trap) => {
    const pair = makePair(trap);
    const hashes = fileHashes(pair.a, pair.b);
    const report = await diffDatabases(pair);
    const counts = report.tables
      .filter(({ onlyInA, onlyInB, changed }) => onlyInA + onlyInB + changed > 0)
      .map(({ table, onlyInA, onlyInB, changed }) => [table, [onlyInA, onlyInB, changed]]);
    expect(Object.fromEntries(counts)).toEqual(trap.counts);
    expect(report.same).toBe(counts.length === 0);
    const rows = await collected(diffRows(pair));
    for (const { table, onlyInA, onlyInB, changed } of report.tables) {
      const own = rows.filter((row) => row.table === table);
      expect(own.filter(({ b }) => b === null)).toHaveLength(onlyInA);
      expect(own.filter(({ a }) => a === null)).toHaveLength(onlyInB);
      expect(own.filter((row) => row.changed.length > 0)).toHaveLength(changed);
    }
    expect(fileHashes(pair.a, pair.b)).toEqual(hashes);
  });

  test.each(TRAPS)("finds nothing between two copies: $name", async (trap) => {
    const pair = makePair({ a: trap.b, b: trap.b });
    expect((await diffDatabases(pair)).same).toBe(true);
    expect(await collected(diffRows(pair))).toEqual([]);
    expect(await patchText(pair)).toMatch(/^-- .*: nothing to do\.\n$/);
  });
});

describe("the trap table, patched", () => {
  test.each(TRAPS)("the driver gets from a to b: $name", async (trap) => {
    const pair = makePair(trap);
    applyByDriver(pair.copy, await patchText(pair));
    expect(dumpRows(pair.copy)).toEqual(dumpRows(pair.b));
    expect(dumpSchema(pair.copy)).toEqual(dumpSchema(pair.a));
    expect((await diffDatabases({ a: pair.copy, b: pair.b })).same).toBe(true);
    checkIndexes(pair.copy);
  });

  // Where there is no sqlite3 on the machine, the driver's test above is all there is.
  test.skipIf(!hasShell).each(TRAPS)("a stock shell gets from a to b: $name", async (trap) => {
    const pair = makePair(trap);
    applyByShell(pair.copy, await patchText(pair));
    expect(dumpRows(pair.copy)).toEqual(dumpRows(pair.b));
    expect(dumpSchema(pair.copy)).toEqual(dumpSchema(pair.a));
    expect((await diffDatabases({ a: pair.copy, b: pair.b })).same).toBe(true);
    checkIndexes(pair.copy);
  });

  test.each(TRAPS)("a patch gets from b back to a: $name", async (trap) => {
    const pair = makePair({ a: trap.b, b: trap.a });
    applyByDriver(pair.copy, await patchText(pair));
    expect(dumpRows(pair.copy)).toEqual(dumpRows(pair.b));
  });
});
