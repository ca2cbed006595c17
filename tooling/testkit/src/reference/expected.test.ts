import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dumpDatabase } from "../dump/dump.ts";
import { cases } from "../generate/arbitraries.ts";
import type { Case } from "../generate/case.ts";
import { buildPair } from "../run/build-pair.ts";
import { describeTables } from "./describe.ts";
import { expectedOutcome } from "./expected.ts";
import type { ExpectedTable } from "./expected.ts";

function outcomeOf(testCase: Case): ExpectedTable[] {
  const folder = mkdtempSync(join(tmpdir(), "sync-testkit-"));
  try {
    const files = buildPair(testCase, folder);
    return expectedOutcome({
      tables: describeTables(files.base),
      base: dumpDatabase(files.base),
      a: dumpDatabase(files.a),
      b: dumpDatabase(files.b),
      policy: "last-write-wins",
      nowMs: Date.UTC(2025, 0, 1),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("random cases lead to every verdict, with and without constraints", () => {
  const seen = new Map<string, number>();
  for (const testCase of fc.sample(cases(), { numRuns: 200, seed: 5 })) {
    for (const { table, rows, counts } of outcomeOf(testCase)) {
      const kinds = [
        ...rows.map(({ verdict }) => verdict.type),
        ...(counts.some(({ before }) => before.a !== before.b) ? ["bag"] : []),
      ];
      for (const kind of kinds) {
        const name = table.constrained ? `${kind}, constrained` : kind;
        seen.set(name, (seen.get(name) ?? 0) + 1);
      }
    }
  }
  const wanted = ["unchanged", "copied", "agreed", "merged", "resolved", "parked", "bag"];
  const rare = wanted
    .flatMap((type) => [type, `${type}, constrained`])
    .filter((kind) => (seen.get(kind) ?? 0) < 3);
  expect(rare).toEqual([]);
}, 60_000);
