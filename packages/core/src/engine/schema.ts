import type Database from "better-sqlite3";
import type { SchemaReport, SchemaStep, Side } from "@sync/model";
import { openAlone } from "../sqlite/connection.ts";
import { toSyncError } from "../sqlite/errors.ts";
import { findDatabase, refuseSameFile } from "../sqlite/files.ts";
import { isSameName } from "../sqlite/identifier.ts";
import { compareWholeSchemas } from "../sqlite/schema/compare-whole.ts";
import { planSteps } from "../sqlite/schema/level/plan-steps.ts";
import type { LevelPlan } from "../sqlite/schema/level/plan-steps.ts";
import type { LevelStep } from "../sqlite/schema/level/steps.ts";
import { readWholeSchema } from "../sqlite/schema/read-whole-schema.ts";
import type { WholeSchema } from "../sqlite/schema/read-whole-schema.ts";
import type { SchemaDifference } from "../sqlite/schema/types.ts";
import { refuseUnknown } from "./choose-tables.ts";
import type { Pair } from "./options.ts";

/** How two schemas are compared. */
export interface SchemaOptions {
  readonly tables: readonly string[] | null;
  readonly busyTimeoutMs: number;
}

/** Two schemas, what differs, and what would level each side. */
export interface SchemaComparison {
  readonly differences: readonly SchemaDifference[];
  readonly plans: Readonly<Record<Side, LevelPlan>>;
}

/**
 * Compares everything that two databases define, not only what a sync needs, and plans how each side could
 * be made like the other. Only reads. Each file is opened by itself, so that neither other text encodings
 * nor a view that says `main.t` are in the way.
 *
 * @throws SyncError for a file that cannot be read; SYNC_UNKNOWN_TABLE
 */
export function compareSchemaFiles(pair: Pair, options: SchemaOptions): SchemaReport {
  const files = {
    a: findDatabase(pair.a, { write: false }),
    b: findDatabase(pair.b, { write: false }),
  };
  refuseSameFile(files.a, files.b);
  const read = (side: Side): WholeSchema => {
    const db = openAlone(files[side], { readonly: true, busyTimeoutMs: options.busyTimeoutMs });
    try {
      return readAtOnce(db);
    } catch (error) {
      throw toSyncError(error, files[side].given);
    } finally {
      db.close();
    }
  };
  return reportOf(pair, compareSides({ a: read("a"), b: read("b") }, options.tables));
}

/** A schema as it was at one moment. */
function readAtOnce(db: Database.Database): WholeSchema {
  db.exec("BEGIN");
  return readWholeSchema(db, "main");
}

/** The differences of chosen tables and of what is on them, and what would level them. Pure. */
export function compareSides(
  { a, b }: Readonly<Record<Side, WholeSchema>>,
  tables: readonly string[] | null,
): SchemaComparison {
  refuseUnknown(a.schema, b.schema, tables ?? []);
  const isChosen = ({ table, subject, kind }: SchemaDifference): boolean =>
    tables === null ||
    kind === "encoding" ||
    tables.some((name) => isSameName(name, table ?? subject ?? ""));
  const differences = compareWholeSchemas(a, b).filter(isChosen);
  return {
    differences,
    plans: {
      a: planSteps({ differences, to: a, from: b, fromSide: "b" }),
      b: planSteps({ differences, to: b, from: a, fromSide: "a" }),
    },
  };
}

/** As a plain document. */
export function reportOf(
  pair: Pair,
  { differences, plans }: SchemaComparison,
  applied: SchemaReport["applied"] = null,
): SchemaReport {
  return {
    schemaVersion: 1,
    command: "schema",
    a: pair.a,
    b: pair.b,
    same: differences.length === 0,
    differences,
    steps: { a: stepsOf(plans.a), b: stepsOf(plans.b) },
    applied,
  };
}

/** What is offered, then what is only advised. */
export function stepsOf({ adding, advice }: LevelPlan): SchemaStep[] {
  return [
    ...adding.map((step) => plainStep(step, true)),
    ...advice.map((step) => plainStep(step, false)),
  ];
}

function plainStep({ type, table, subject, sql, note }: LevelStep, adds: boolean): SchemaStep {
  return { type, table, subject, adds, sql, note };
}
