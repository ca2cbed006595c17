import fc from "fast-check";
import { expect, test } from "vitest";
import { nextLooks } from "./next-looks.ts";
import type { Contender } from "./next-looks.ts";

const holds = { endOnFailure: true } as const;
const databases = fc.uniqueArray(fc.constantFrom("hub", "s", "t", "u", "v", "w"), {
  minLength: 2,
  maxLength: 2,
});
const contenders = fc
  .array(fc.record({ dueMs: fc.integer({ min: 0, max: 20 }), databases }), { maxLength: 12 })
  .map((made) => made.map((one, id): Contender => ({ id, ...one })));

test("never two runs of one database, never more than there are slots, never before the time", () => {
  fc.assert(
    fc.property(
      contenders,
      fc.array(fc.nat(11)),
      fc.integer({ min: 1, max: 5 }),
      (all, busy, slots) => {
        const taken = new Set<string>();
        // Some of them run already, as they could have been started.
        const mixed = all.map((one) => {
          const isFree = one.databases.every((name) => !taken.has(name));
          if (!busy.includes(one.id) || !isFree) return one;
          for (const name of one.databases) taken.add(name);
          return { ...one, dueMs: null };
        });
        const running = mixed.filter(({ dueMs }) => dueMs === null).length;
        const { start } = nextLooks(mixed, { nowMs: 10, slots });
        expect(start.length).toBeLessThanOrEqual(Math.max(slots - running, 0));
        for (const id of start) {
          const one = all[id];
          expect(one?.dueMs).toBeLessThanOrEqual(10);
          for (const name of one?.databases ?? []) {
            expect(taken).not.toContain(name);
            taken.add(name);
          }
        }
      },
    ),
    holds,
  );
});

test("where there is room, the one that waits longest begins", () => {
  fc.assert(
    fc.property(contenders, (all) => {
      const [first] = all.toSorted(
        (one, other) => (one.dueMs ?? 0) - (other.dueMs ?? 0) || one.id - other.id,
      );
      const { start } = nextLooks(all, { nowMs: 20, slots: 1 });
      expect(start).toEqual(first === undefined ? [] : [first.id]);
    }),
    holds,
  );
});

test("who has nothing to do comes back when the next one is due", () => {
  fc.assert(
    fc.property(contenders, (all) => {
      const { start, againMs } = nextLooks(all, { nowMs: -1, slots: 4 });
      expect(start).toEqual([]);
      expect(againMs).toBe(
        all.length === 0 ? null : Math.min(...all.map(({ dueMs }) => dueMs ?? 0)),
      );
    }),
    holds,
  );
});

test("nobody starves: in any company, each pair waits no longer than all others take once", () => {
  const LONGEST_MS = 50;
  const lastsMs = fc.integer({ min: 1, max: LONGEST_MS });
  const company = fc.array(fc.record({ databases, lastsMs }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(company, fc.integer({ min: 1, max: 4 }), (pairs, slots) => {
      // Everybody wants to run again as soon as its run ends: the worst company there is.
      const due = new Map(pairs.map((_, id) => [id, 0]));
      const ends = new Map<number, number>();
      let nowMs = 0;
      for (let round = 0; round < 200; round += 1) {
        const all = pairs.map((pair, id) => ({
          id,
          databases: pair.databases,
          dueMs: ends.has(id) ? null : (due.get(id) ?? 0),
        }));
        for (const id of nextLooks(all, { nowMs, slots }).start) {
          expect(nowMs - (due.get(id) ?? 0)).toBeLessThanOrEqual(pairs.length * LONGEST_MS);
          ends.set(id, nowMs + (pairs[id]?.lastsMs ?? 1));
        }
        nowMs = Math.min(...ends.values());
        for (const [id, endMs] of ends) {
          if (endMs > nowMs) continue;
          ends.delete(id);
          due.set(id, nowMs);
        }
        const longestMs = Math.max(
          0,
          ...[...due].map(([id, dueMs]) => (ends.has(id) ? 0 : nowMs - dueMs)),
        );
        expect(longestMs).toBeLessThanOrEqual(pairs.length * LONGEST_MS);
      }
    }),
    { ...holds, numRuns: 50 },
  );
});
