import type Database from "better-sqlite3";
import type { Progress } from "@sync/model";
import { rulesOf } from "../reconcile/merge.ts";
import type { TableOptions } from "../reconcile/merge.ts";
import type { OneWay } from "../sqlite/one-way.ts";
import { workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { isSameName } from "../sqlite/identifier.ts";
import type { SeenPair } from "../sqlite/projection/projection.ts";
import { bothTables, plannedSide } from "../sqlite/projection/views.ts";
import { columnNames } from "../sqlite/rows.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import type { LedgerLimits } from "../state/retention.ts";
import type { RunRecord } from "../state/runs.ts";
import type { RunFiles } from "./refuse-replaced.ts";
import type { Step } from "./steps.ts";

/** What a run is told from outside, made ready: nothing here is optional. */
export interface RunSettings {
  readonly maxDeletePercent: number;
  readonly busyTimeoutMs: number;
  readonly onProgress: (progress: Progress) => void;
  readonly throwIfCancelled: () => void;
  /** Called at every numbered step; crash tests kill the process here. */
  readonly onStep: (step: Step) => void;
  /** How long what lost is kept. */
  readonly ledger: LedgerLimits;
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number;
}

/** One run at work: the connection with a, b and the state attached, and the tables it is about. */
export interface Workspace extends RunFiles {
  readonly db: Database.Database;
  readonly run: RunRecord;
  readonly settings: RunSettings;
  /** As the sides store them. */
  readonly schemas: Readonly<Record<"a" | "b", Schema>>;
  /** As the pair sees them. */
  readonly seen: SeenPair;
  /** The schema cookies before the schemas were read; `null`: nothing will be drafted. */
  readonly cookies: Readonly<Record<"a" | "b", number>> | null;
  readonly shapes: readonly Shape[];
  /** Sides that may be written; a merge into `--out` writes only one. */
  readonly writable: Readonly<Record<"a" | "b", boolean>>;
  /** The run writes to one side only; `null`: to both. */
  readonly oneWay: OneWay | null;
  /** The caller's `a` is `b` here: messages that speak of sides speak the caller's way. */
  readonly swapped: boolean;
  /** Columns that hold keys of other tables, though no FOREIGN KEY says so. */
  readonly references: readonly SoftReference[];
  /** Where rows that are equal without a base being known are put: they are the base once the plan is recorded. */
  readonly fill: "state" | "temp";
}

/** What is known of the base when shapes are made. */
export interface BaseKnowledge {
  /** Schema that holds `base:<table>`: `state`, `temp` for an explicit ancestor, or `null`. */
  readonly schema: "state" | "temp" | null;
  /** Names of tables whose base is complete. */
  readonly tables: ReadonlySet<string>;
  /** Of these, those whose base was carried over to new columns in `temp`. */
  readonly carried?: ReadonlySet<string>;
  /** There is a state with an inbox to look into. */
  readonly hasState: boolean;
  /** What the caller says about some of the tables. */
  readonly options?: readonly TableOptions[];
}

/** The shapes of all tables of a run: where each finds its sides and its working tables. */
export function makeShapes(
  tables: readonly Table[],
  seen: SeenPair,
  run: RunRecord,
  base: BaseKnowledge,
): Shape[] {
  return tables.map((table) => {
    const both = bothTables(seen, table.name);
    if (both === null) throw new Error(`${table.name} is not on both sides`);
    const known = base.schema !== null && base.tables.has(table.name);
    const name = table.name;
    const has = { keyed: table.key.length > 0, bag: table.key.length === 0 || table.nullableKey };
    const schema = base.carried?.has(name) === true ? "temp" : (base.schema ?? "state");
    const work = {
      base: known && has.keyed ? workTable(schema, "base", name) : null,
      baseBag: known && has.bag ? workTable(schema, "bag", name) : null,
      plan: workTable(run.schema, "plan", name),
      planBag: workTable(run.schema, "plan-bag", name),
      kept: workTable(run.schema, "kept", name),
      written: workTable(
        schema === "temp" && base.schema === "state" ? "temp" : "state",
        "written",
        name,
      ),
      parkedKept: base.hasState ? workTable("state", "kept", name) : null,
    };
    return {
      table,
      a: both.a.rows,
      b: both.b.rows,
      sides: { a: plannedSide("a", both.a, work), b: plannedSide("b", both.b, work) },
      work,
      rules: rulesOf(
        columnNames(table),
        base.options?.find((one) => isSameName(one.table, name)),
      ),
    };
  });
}
