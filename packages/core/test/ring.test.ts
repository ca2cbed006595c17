import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyNamed } from "@sync/resolvers";
import { askHere } from "../src/engine/ask.ts";
import { callSync } from "../src/engine/sync.ts";

const NOW_MS = Date.UTC(2024, 0, 1);

/** Each makes some twenty runs of three pairs. */
const RUNS = Number(process.env["SYNC_RING_RUNS"] ?? 2);

/** Everything that a policy choosing a side, or a column rule, can be asked about; no constraint that could park. */
const SCHEMA = `CREATE TABLE item (id TEXT PRIMARY KEY, n INTEGER, tags TEXT, updated_at TEXT);
  INSERT INTO item VALUES ('a', 1, '[1]', '2023-01-01 00:00:00'), ('b', 2, '[2]', '2023-01-01 00:00:00'), ('c', 3, '[3]', '2023-01-01 00:00:00')`;

/** Times are all different, so that going by time never ends in a tie, rise with the edits, and are never far apart. */
const edits = fc
  .uniqueArray(
    fc.record({
      copy: fc.constantFrom("x", "y", "z"),
      id: fc.constantFrom("a", "b", "c", "d"),
      kind: fc.constantFrom("write", "number", "tags", "delete"),
      n: fc.integer({ min: 0, max: 9 }),
      minute: fc.integer({ min: 0, max: 40_000 }),
    }),
    { selector: ({ minute }) => minute, minLength: 1, maxLength: 7 },
  )
  .map((all) => all.toSorted((one, other) => one.minute - other.minute));
type Edit = Parameters<typeof statementOf>[0];

function statementOf(edit: {
  readonly id: string;
  readonly kind: string;
  readonly n: number;
  readonly minute: number;
}): string {
  const { id, kind, n, minute } = edit;
  const at = new Date(Date.UTC(2023, 11, 1) + minute * 60_000).toISOString();
  const time = `'${at.slice(0, 10)} ${at.slice(11, 19)}'`;
  switch (kind) {
    case "delete":
      return `DELETE FROM item WHERE id = '${id}'`;
    case "number":
      return `UPDATE item SET n = ${n}, updated_at = ${time} WHERE id = '${id}'`;
    case "tags":
      return `UPDATE item SET tags = json_insert(tags, '$[#]', ${n}), updated_at = ${time} WHERE id = '${id}'`;
    default:
      return `INSERT INTO item VALUES ('${id}', ${n}, '[${n}]', ${time}) ON CONFLICT DO UPDATE SET n = ${n}, tags = '[${n}]', updated_at = ${time}`;
  }
}

/** Round about: no policy that gives the same answer with a and b swapped may care. */
const ROUND: readonly (readonly [string, string])[] = [
  ["x", "y"],
  ["y", "z"],
  ["z", "x"],
];
/** Preferred sides must not form a circle: where x beats y, y beats z and z beats x, nobody can win. */
const RANKED: typeof ROUND = [
  ["x", "y"],
  ["y", "z"],
  ["x", "z"],
];

const PEOPLE = `CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE phone (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person, number TEXT)`;
const PHONE_BOOK =
  "SELECT name || ': ' || number AS told FROM person JOIN phone ON person = person.id ORDER BY 1";

class Copies {
  readonly #folder = mkdtempSync(join(tmpdir(), "sync-ring-"));
  readonly #policy: ReturnType<typeof policyNamed>;

  constructor(policy: string, schema = SCHEMA) {
    this.#policy = policyNamed(policy);
    for (const name of ["x", "y", "z"]) {
      const db = new Database(this.path(name));
      db.exec(schema);
      db.close();
    }
  }

  path(name: string): string {
    return join(this.#folder, `${name}.db`);
  }

  edit({ copy, ...edit }: Edit & { readonly copy: string }): void {
    this.run(copy, statementOf(edit));
  }

  run(copy: string, sql: string): void {
    const db = new Database(this.path(copy));
    db.exec(sql);
    db.close();
  }

  content(name: string): unknown[] {
    return this.query(name, "SELECT * FROM item ORDER BY id");
  }

  query(name: string, sql: string): unknown[] {
    const db = new Database(this.path(name), { readonly: true });
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  }

  /** @returns how many conflicts were parked */
  async sync([a, b]: readonly [string, string]): Promise<number> {
    const { report } = await callSync(
      {
        pair: { a: this.path(a), b: this.path(b) },
        stateDir: join(this.#folder, "state"),
        tables: null,
        dryRun: false,
        maxDeletePercent: 100,
        create: false,
        lineage: "accept",
        base: null,
        out: null,
        busyTimeoutMs: 1000,
        startedMs: NOW_MS,
        policy: { name: this.#policy.name, version: this.#policy.version ?? null },
      },
      {
        onProgress: () => undefined,
        throwIfCancelled: () => undefined,
        onStep: () => undefined,
      },
      askHere(this.#policy, NOW_MS),
    );
    return report.conflicts.parked;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * From one settled state to the next: any edits on any copies, then the pairs in any order. An edit of a row
 * whose last edit has not come round yet is beyond what pairs can tell apart (docs/decisions/019).
 */
describe("three copies synchronized pairwise in a ring", () => {
  it.each([
    "last-write-wins",
    "first-write-wins",
    "prefer-a",
    "prefer-b",
    "max,last-write-wins",
    "min,last-write-wins",
    "union,last-write-wins",
  ])(
    "%s: end equal once the edits stop, in any order of runs",
    { timeout: 600_000 },
    async (policy) => {
      const pairs = policy.startsWith("prefer-") ? RANKED : ROUND;
      await fc.assert(
        fc.asyncProperty(
          fc.array(edits, { minLength: 1, maxLength: 2 }),
          fc.shuffledSubarray([...pairs], { minLength: 3 }),
          async (waves, order) => {
            const ring = new Copies(policy);
            try {
              for (const pair of pairs) await ring.sync(pair);
              for (const wave of waves) {
                const changes = policy.startsWith("prefer-") ? editedInOnePlace(wave) : wave;
                for (const change of changes) ring.edit(change);
                let parked = 0;
                for (const pair of [...order, ...order, ...order]) parked = await ring.sync(pair);
                if (parked > 0) return;
                expect(ring.content("y")).toEqual(ring.content("x"));
                expect(ring.content("z")).toEqual(ring.content("x"));
              }
            } finally {
              ring.remove();
            }
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
  );
});

/** Of a row that several copies edited, what the first of them did. */
function editedInOnePlace<Edited extends { readonly copy: string; readonly id: string }>(
  wave: readonly Edited[],
): Edited[] {
  return wave.filter(({ copy, id }) => wave.find((one) => one.id === id)?.copy === copy);
}

describe("three copies that form a tree", () => {
  const TREE: typeof ROUND = [
    ["x", "y"],
    ["y", "z"],
  ];

  it("sum adds every change up once, in any order of runs", { timeout: 600_000 }, async () => {
    const changes = fc.array(
      fc.record({ copy: fc.constantFrom("x", "y", "z"), sign: fc.constantFrom(-1, 1) }),
      { minLength: 1, maxLength: 8 },
    );
    const between = fc.array(fc.constantFrom(...TREE), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(changes, between, async (signs, runs) => {
        // No two sums of powers of three are equal: two sides that come to the same value agree, and it counts once.
        const all = signs.map(({ copy, sign }, index) => ({ copy, by: sign * 3 ** index }));
        const tree = new Copies("sum");
        try {
          for (const pair of TREE) await tree.sync(pair);
          for (const [index, { copy, by }] of all.entries()) {
            tree.run(copy, `UPDATE item SET n = n + ${by} WHERE id = 'a'`);
            const pair = runs[index];
            if (pair !== undefined) await tree.sync(pair);
          }
          for (const pair of [...TREE, ...TREE, ...TREE]) await tree.sync(pair);
          const total = all.reduce((sum, { by }) => sum + by, 1);
          for (const name of ["x", "y", "z"])
            expect(tree.content(name)).toContainEqual(
              expect.objectContaining({ id: "a", n: total }),
            );
        } finally {
          tree.remove();
        }
      }),
      { numRuns: 2 * RUNS, endOnFailure: true },
    );
  });

  it("rekey keeps every row once, in any order of runs", { timeout: 600_000 }, async () => {
    const inserts = fc.array(fc.constantFrom("x", "y", "z"), { minLength: 2, maxLength: 7 });
    const between = fc.array(fc.constantFrom(...TREE), { maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(inserts, between, async (copies, runs) => {
        const tree = new Copies("rekey", PEOPLE);
        try {
          for (const pair of TREE) await tree.sync(pair);
          for (const [index, copy] of copies.entries()) {
            tree.run(
              copy,
              `INSERT INTO person (name) VALUES ('p${index}'); INSERT INTO phone (person, number) VALUES (last_insert_rowid(), 'of p${index}')`,
            );
            const pair = runs[index];
            if (pair !== undefined) await tree.sync(pair);
          }
          for (const pair of [...TREE, ...TREE, ...TREE]) await tree.sync(pair);
          const told = copies.map((_, index) => ({ told: `p${index}: of p${index}` }));
          for (const name of ["x", "y", "z"]) expect(tree.query(name, PHONE_BOOK)).toEqual(told);
        } finally {
          tree.remove();
        }
      }),
      { numRuns: 2 * RUNS, endOnFailure: true },
    );
  });
});
