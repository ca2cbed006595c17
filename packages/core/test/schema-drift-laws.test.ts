import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { writes } from "./law-scene.ts";
import { makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

vi.setConfig({ testTimeout: 600_000 });

const settings = {
  numRuns: Number(process.env["SYNC_LAW_RUNS"] ?? 20),
  endOnFailure: true,
} as const;

type Side = "a" | "b";
type Value = number | null;

/** Column `x` is there from the beginning; `y` comes and goes. `undefined`: there is no such column. */
interface ModelRow {
  readonly x: Value;
  readonly y: Value | undefined;
}

type Rows = ReadonlyMap<number, ModelRow>;

/** A pair as the model sees it; `defaultY`: the side has the column `y`. */
interface Model {
  readonly rows: Readonly<Record<Side, Rows>>;
  readonly base: Rows;
  readonly defaultY: Readonly<Record<Side, Value | undefined>>;
  /** Which sides had `y` at the last sync. */
  readonly hadY: Readonly<Record<Side, boolean>>;
}

/** What somebody does between two runs. */
type Step =
  | {
      readonly do: "put";
      readonly side: Side;
      readonly id: number;
      readonly x: Value;
      readonly y: Value;
    }
  | { readonly do: "delete"; readonly side: Side; readonly id: number }
  | { readonly do: "add-y"; readonly side: Side; readonly byDefault: Value }
  | { readonly do: "drop-y"; readonly side: Side }
  | { readonly do: "sync" };

/** No side holds it: what was before is not known, and whoever differs from it changed. */
const UNKNOWN = -1;
const SCHEMA =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0)";
const START: Rows = new Map([1, 2, 3, 4].map((id) => [id, { x: 0, y: undefined }]));

const side = fc.constantFrom<Side>("a", "b");
const id = fc.integer({ min: 1, max: 6 });
const value = fc.constantFrom<Value>(null, 0, 1, 7);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("put" as const), side, id, x: value, y: value }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), side, id }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("add-y" as const), side, byDefault: value }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop-y" as const), side }) },
  { weight: 4, arbitrary: fc.constant({ do: "sync" as const }) },
);

describe("for any history of a column that comes and goes on either side", () => {
  it("both sides hold what the model says, and a run without edits does nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 14 }), async (history) => {
        const pair = makePair(SCHEMA);
        try {
          let model: Model = {
            rows: { a: START, b: START },
            base: START,
            defaultY: { a: undefined, b: undefined },
            hadY: { a: false, b: false },
          };
          await pair.sync();
          for (const step of [...history, { do: "sync" as const }]) {
            await act(pair, model, step);
            model = step.do === "sync" ? synced(model) : edited(model, step);
            if (step.do === "sync")
              for (const one of ["a", "b"] as const)
                expect(rowsOf(pair, one)).toEqual(model.rows[one]);
          }
          expect(writes(await pair.sync(COMMON))).toBe(0);
        } finally {
          pair.remove();
        }
      }),
      settings,
    );
  });
});

const COMMON = {
  view: { schemaDrift: "common" },
  lineage: "accept",
  maxDeletePercent: 100,
} as const;

async function act(pair: TestPair, { defaultY }: Model, step: Step): Promise<void> {
  if (step.do === "sync") {
    await pair.sync(COMMON);
    return;
  }
  const hasY = defaultY[step.side] !== undefined;
  if (step.do === "delete") pair.edit(step.side, `DELETE FROM t WHERE id = ${step.id}`);
  if (step.do === "drop-y" && hasY) pair.edit(step.side, "ALTER TABLE t DROP COLUMN y");
  if (step.do === "add-y" && !hasY)
    pair.edit(step.side, `ALTER TABLE t ADD COLUMN y DEFAULT ${String(step.byDefault)}`);
  if (step.do !== "put") return;
  const values = [step.id, step.x, ...(hasY ? [step.y] : [])].map(String).join(", ");
  pair.edit(step.side, `INSERT OR REPLACE INTO t (id, x${hasY ? ", y" : ""}) VALUES (${values})`);
}

function rowsOf(pair: TestPair, one: Side): Rows {
  const rows = pair.rows(one, "SELECT * FROM t ORDER BY id") as {
    readonly id: bigint;
    readonly x: bigint | null;
    readonly y?: bigint | null;
  }[];
  const number = (stored: bigint | null): Value => (stored === null ? null : Number(stored));
  return new Map(
    rows.map(({ id: key, x, y }) => [
      Number(key),
      { x: number(x), y: y === undefined ? undefined : number(y) },
    ]),
  );
}

function edited(model: Model, step: Exclude<Step, { readonly do: "sync" }>): Model {
  const { side: one } = step;
  const hasY = model.defaultY[one] !== undefined;
  const withRows = (rows: Rows, y: Value | undefined = model.defaultY[one]): Model => ({
    ...model,
    rows: { ...model.rows, [one]: rows },
    defaultY: { ...model.defaultY, [one]: y },
  });
  const own = model.rows[one];
  const withY = (y: Value | undefined): Rows =>
    new Map([...own].map(([key, row]) => [key, { ...row, y }]));
  switch (step.do) {
    case "put":
      return withRows(
        sorted(new Map([...own, [step.id, { x: step.x, y: hasY ? step.y : undefined }]])),
      );
    case "delete":
      return withRows(new Map([...own].filter(([key]) => key !== step.id)));
    case "add-y":
      return hasY ? model : withRows(withY(step.byDefault), step.byDefault);
    case "drop-y":
      if (!hasY) return model;
      return { ...withRows(withY(undefined)), defaultY: { ...model.defaultY, [one]: undefined } };
  }
}

function sorted(rows: Rows): Rows {
  return new Map([...rows].toSorted(([one], [other]) => one - other));
}

/** One run, where nobody decides: each row by itself, over the columns that both sides have. */
function synced(model: Model): Model {
  const { defaultY, rows } = model;
  const isCommon = defaultY.a !== undefined && defaultY.b !== undefined;
  const base = isCommon ? baseWithY(model) : withoutY(model.base);
  const [a, b, next] = [new Map(rows.a), new Map(rows.b), new Map(base)];
  for (const key of new Set([...base.keys(), ...rows.a.keys(), ...rows.b.keys()])) {
    const common = (row: ModelRow | undefined): ModelRow | null =>
      row === undefined ? null : { x: row.x, y: isCommon ? row.y : undefined };
    const before = common(base.get(key));
    const result = rule(before, common(rows.a.get(key)), common(rows.b.get(key)));
    if (result === "parked") continue;
    if (result === null) for (const one of [a, b, next]) one.delete(key);
    else {
      next.set(key, result);
      a.set(key, {
        ...result,
        y: isCommon ? result.y : (rows.a.get(key)?.y ?? orDefault(rows.a, key, defaultY.a)),
      });
      b.set(key, {
        ...result,
        y: isCommon ? result.y : (rows.b.get(key)?.y ?? orDefault(rows.b, key, defaultY.b)),
      });
    }
  }
  return {
    rows: { a: sorted(a), b: sorted(b) },
    base: next,
    defaultY,
    hadY: { a: defaultY.a !== undefined, b: defaultY.b !== undefined },
  };
}

/** A row that comes gets the default; one that was there keeps what it has, NULL as well. */
function orDefault(rows: Rows, key: number, byDefault: Value | undefined): Value | undefined {
  return rows.has(key) ? rows.get(key)?.y : byDefault;
}

function withoutY(rows: Rows): Rows {
  return new Map([...rows].map(([key, { x }]) => [key, { x, y: undefined }]));
}

/** What the column held when both agreed: of one that is new, what it gave to the rows that were there. */
function baseWithY({ base, rows, defaultY, hadY }: Model): Rows {
  if (hadY.a && hadY.b) return base;
  const byDefault = (): Value => {
    if (hadY.a) return defaultY.b ?? null;
    if (hadY.b) return defaultY.a ?? null;
    return defaultY.a === defaultY.b ? (defaultY.a ?? null) : UNKNOWN;
  };
  return new Map(
    [...base].map(([key, { x }]) => {
      const [a, b] = [rows.a.get(key), rows.b.get(key)];
      if (a === undefined || b === undefined) return [key, { x, y: (a ?? b)?.y ?? null }];
      return [key, { x, y: a.y === b.y ? a.y : byDefault() }];
    }),
  );
}

function rule(
  base: ModelRow | null,
  a: ModelRow | null,
  b: ModelRow | null,
): ModelRow | null | "parked" {
  if (isSame(a, b)) return a;
  if (isSame(a, base)) return b;
  if (isSame(b, base)) return a;
  if (base === null || a === null || b === null) return "parked";
  const x = merged(base.x, a.x, b.x);
  const y = merged(base.y, a.y, b.y);
  return x === "parked" || y === "parked" ? "parked" : { x, y };
}

function merged<T>(base: T, a: T, b: T): T | "parked" {
  if (a === b || b === base) return a;
  return a === base ? b : "parked";
}

function isSame(one: ModelRow | null, other: ModelRow | null): boolean {
  return one === null || other === null ? one === other : one.x === other.x && one.y === other.y;
}
