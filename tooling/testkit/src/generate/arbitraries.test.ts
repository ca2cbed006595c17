import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dumpDatabase } from "../dump/dump.ts";
import { integrityOf } from "../dump/integrity.ts";
import { applyEdits, buildPair, buildSides } from "../run/build-pair.ts";
import { cases } from "./arbitraries.ts";
import type { Case } from "./case.ts";
import { EDIT_KINDS } from "./edits.ts";
import { KEY_KINDS } from "./spec.ts";

// A fixed seed: this counts what the generator makes, it looks for nothing.
const samples = fc.sample(cases(), { numRuns: 300, seed: 20 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sync-testkit-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function inFolder<T>(use: (path: string) => T): T {
  const path = mkdtempSync(join(folder, "case-"));
  try {
    return use(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

describe("in 300 cases", () => {
  const seen = new Map<string, number>();
  for (const feature of samples.flatMap(({ features }) => features)) {
    seen.set(feature, (seen.get(feature) ?? 0) + 1);
  }

  test.each([
    ...KEY_KINDS.map((kind) => `key:${kind}`),
    ...EDIT_KINDS.map((kind) => `edit:${kind}`),
    ...["audit", "counter", "raise", "ignore", "version", "fts"].map((kind) => `trigger:${kind}`),
    ...["plain", "unique", "partial", "expression"].map((kind) => `index:${kind}`),
    ...["other", "self", "cycle", "composite", "CASCADE", "SET NULL", "RESTRICT"].map(
      (kind) => `fk:${kind}`,
    ),
    "fk:deferred",
    "fk:on-update-cascade",
    "key-on-conflict",
    "edit:same-on-both",
    "edit:clash",
    "collation:NOCASE",
    "collation:RTRIM",
    "on-conflict:REPLACE",
    "on-conflict:IGNORE",
    "generated:stored",
    "generated:virtual",
    "check:value",
    "check:cross",
    "timestamp",
    "strict",
    "unique",
    "not-null",
    "odd-name",
    "repacked",
    "virtual:fts5",
    "virtual:rtree",
    "journal:wal/wal",
    "journal:wal/delete",
    "page-size:512",
    "page-size:65536",
  ])("%s occurs at least five times", (feature) => {
    expect(seen.get(feature) ?? 0).toBeGreaterThanOrEqual(5);
  });
});

describe("150 cases become databases", () => {
  const storageClasses = new Set<string>();
  let [made, applied, differing, empty] = [0, 0, 0, 0];
  const unsound: string[] = [];

  function look(testCase: Case, path: string): void {
    const files = buildSides(testCase, path);
    expect(dumpDatabase(files.a)).toEqual(dumpDatabase(files.base));
    expect(dumpDatabase(files.b)).toEqual(dumpDatabase(files.base));
    made += testCase.editsA.length + testCase.editsB.length;
    applied += applyEdits(files.a, testCase.editsA).length;
    applied += applyEdits(files.b, testCase.editsB).length;
    const [a, b] = [dumpDatabase(files.a), dumpDatabase(files.b)];
    if (JSON.stringify(a) !== JSON.stringify(b)) differing += 1;
    if (Object.values(a).every((rows) => rows.length === 0)) empty += 1;
    for (const value of Object.values(a).flat().flatMap(Object.values)) {
      storageClasses.add(String(value).split(" ")[0] ?? "");
    }
    for (const file of [files.a, files.b, files.base]) {
      const { problems, foreignKeys, staleIndexes } = integrityOf(file);
      const found = [...problems, ...foreignKeys, ...staleIndexes];
      if (found.length > 0) unsound.push(`${found.join()} in ${JSON.stringify(testCase)}`);
    }
  }

  beforeAll(() => {
    for (const testCase of samples.slice(0, 150)) inFolder((path) => look(testCase, path));
  }, 120_000);

  test("users leave no violation and no stale index behind", () => {
    expect(unsound).toEqual([]);
  });

  test("most edits take effect, and most pairs differ", () => {
    expect(applied / made).toBeGreaterThan(0.6);
    expect(differing).toBeGreaterThan(100);
    expect(empty).toBeLessThan(30);
    expect([...storageClasses].toSorted()).toEqual(["blob", "integer", "null", "real", "text"]);
  });
});

test("a case survives JSON and gives the same files again", () => {
  for (const testCase of samples.slice(0, 20)) {
    // It was a Case before it was JSON.
    const copy = JSON.parse(JSON.stringify(testCase)) as Case;
    const dumps = [testCase, copy].map((one) =>
      inFolder((path) => {
        const files = buildPair(one, path);
        return [dumpDatabase(files.a), dumpDatabase(files.b), dumpDatabase(files.base)];
      }),
    );
    expect(dumps[1]).toEqual(dumps[0]);
  }
});

test("without constraints there are none", () => {
  const plain = fc.sample(cases({ constraints: false, triggers: false, virtualTables: false }), {
    numRuns: 100,
    seed: 3,
  });
  const sql = plain.flatMap(({ schema }) => schema).join("\n");
  expect(sql).not.toMatch(/CHECK|REFERENCES|TRIGGER|VIRTUAL TABLE|CREATE UNIQUE|ON CONFLICT/);
});
