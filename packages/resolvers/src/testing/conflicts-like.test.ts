import { sameRow, sameValue } from "@sync/model";
import type { Conflict, Row } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFLICT_KINDS } from "../conflict-kinds.ts";
import { conflictsLike, swapped } from "./index.ts";

const rows: readonly Row[] = [
  { id: 7n, body: "milk", pieces: 1n, updated_at: "2024-05-01 10:00:00" },
  { id: 8n, body: null, pieces: 2n, updated_at: null },
];

function holds(what: (conflict: Conflict) => void): void {
  fc.assert(fc.property(conflictsLike({ rows }), what));
}

describe("conflicts that are made up", () => {
  test("are of every kind, with every sort of rows and clocks", () => {
    const sample = fc.sample(conflictsLike({ rows }), 2000);
    expect(new Set(sample.map(({ kind }) => kind))).toEqual(new Set(CONFLICT_KINDS));
    const traits: readonly ((conflict: Conflict) => boolean)[] = [
      ({ hasBase }) => !hasBase,
      ({ generatedKey }) => generatedKey,
      ({ clockSkew }) => clockSkew !== null,
      ({ constraint }) => constraint !== null && constraint.rival !== null,
      ({ a }) => a === null,
      ({ b }) => b === null,
    ];
    expect(traits.filter((trait) => !sample.some(trait))).toEqual([]);
  });

  test("are such as the engine can find", () => {
    holds(({ kind, key, base, a, b, disputed, constraint }) => {
      for (const row of [base, a, b].filter((image) => image !== null)) {
        expect(Object.keys(row)).toEqual(["id", "body", "pieces", "updated_at"]);
        expect(row).toMatchObject(key);
      }
      expect(disputed.length).toBeGreaterThan(0);
      expect(sameRow(a, b) && constraint === null).toBe(false);
      expect(constraint === null).toBe(kind.includes("/"));
    });
  });

  test("name as disputed what both sides changed to different values, and never the time", () => {
    const updates = conflictsLike({ rows, kinds: ["update/update"] });
    fc.assert(
      fc.property(updates, ({ base, a, b, disputed }) => {
        for (const column of disputed) {
          const [o, x, y] = [base, a, b].map((row) => row?.[column] ?? null);
          expect(sameValue(x ?? null, y ?? null)).toBe(false);
          expect(sameValue(x ?? null, o ?? null) || sameValue(y ?? null, o ?? null)).toBe(false);
        }
        expect(disputed).not.toContain("updated_at");
        expect(disputed).not.toContain("id");
      }),
    );
  });

  test("have the key that is asked for, or the first column", () => {
    const [item] = fc.sample(conflictsLike({ rows, key: ["body", "pieces"] }), 1);
    expect(Object.keys(item?.key ?? {})).toEqual(["body", "pieces"]);
    const [entry] = fc.sample(conflictsLike({ rows: [{ code: "x", n: 1n }] }), 1);
    expect(Object.keys(entry?.key ?? {})).toEqual(["code"]);
    expect(() => conflictsLike({ rows: [] })).toThrow("a row with columns");
  });

  test("come back when they are swapped twice", () => {
    holds((conflict) => {
      expect(swapped(swapped(conflict))).toEqual(conflict);
      expect(swapped(conflict).constraint?.side).not.toBe(conflict.constraint?.side ?? "none");
    });
  });
});
