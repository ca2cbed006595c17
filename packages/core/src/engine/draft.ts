import { SyncError } from "@sync/model";
import { findBagChanges } from "../sqlite/bag.ts";
import { findChanges, findUnion } from "../sqlite/changes.ts";
import { createPlan, hasOutcome, isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { mergeColumns } from "../state/compare-images.ts";
import { keepConflicts } from "../state/conflicts.ts";
import { baseKinds } from "../state/tables.ts";
import { markStale } from "../state/lineage.ts";
import { findClockSkew } from "./clock.ts";
import type { ClockSkew } from "./clock.ts";
import type { LineageChoice } from "./options.ts";
import type { Workspace } from "./workspace.ts";

/** What the sides looked like when the draft was made; what was seen is still so while these stay. */
export interface Draft {
  readonly versions: Readonly<Record<"a" | "b", Versions>>;
  /** Rows equal on both sides, by table, where there was no base to compare with. */
  readonly equalRows: ReadonlyMap<string, number>;
  /** Conflicts that wait for a decision, by table. */
  readonly openRows: ReadonlyMap<string, number>;
  /** What is odd about the tables' timestamps. */
  readonly clockSkews: readonly ClockSkew[];
}

/** `data_version` moves with other connections' commits, `schema_version` with the schema. */
export interface Versions {
  readonly data: number;
  readonly schema: number;
}

/**
 * Reads both sides against the base, in one snapshot, into a draft of the plan: copies ready to be
 * written, merges, and open conflicts with their images. No write lock is taken; the draft is ours.
 */
export function makeDraft(space: Workspace, lineage: LineageChoice | null): Draft {
  const { db, shapes, run } = space;
  db.exec("BEGIN");
  try {
    // The first read of each side begins its snapshot; the version is then that snapshot's.
    const versions = { a: readVersions(space, "a"), b: readVersions(space, "b") };
    refuseOtherSchema(space, versions);
    const equalRows = new Map(shapes.map((shape) => [shape.table.name, draftTable(space, shape)]));
    const openRows = new Map<string, number>();
    for (const shape of shapes.filter(isKeyed)) {
      if (lineage === "restored") markStale(db, shape);
      // A plan of a million copies is not gone over a dozen times for conflicts that are not there.
      if (!hasOutcome(db, shape, "'open'")) continue;
      keepConflicts(db, shape, run);
      mergeColumns(db, shape);
      openRows.set(shape.table.name, countOpen(space, shape));
    }
    const clockSkews = findClockSkew(space);
    db.exec("COMMIT");
    return { versions, equalRows, openRows, clockSkews };
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function countOpen({ db }: Workspace, { work }: Shape): number {
  return db
    .prepare(`SELECT count(*) FROM ${work.plan} WHERE ${C.outcome} = 'open'`)
    .pluck()
    .get() as number;
}

/** A column or trigger that came since the schema was read would be passed over. */
export function refuseOtherSchema({ cookies }: Workspace, versions: Draft["versions"]): void {
  if (cookies === null) return;
  if (cookies.a === versions.a.schema && cookies.b === versions.b.schema) return;
  throw new SyncError("SYNC_LOCKED", "The schema of a side was changed during the run.", {
    next: "Run again.",
  });
}

/** Reads a side's versions inside the present transaction. */
export function readVersions({ db }: Workspace, side: "a" | "b"): Versions {
  db.prepare(`SELECT 1 FROM ${side}.sqlite_schema LIMIT 1`).get();
  return {
    data: db.pragma(`${side}.data_version`, { simple: true }) as number,
    schema: db.pragma(`${side}.schema_version`, { simple: true }) as number,
  };
}

/** @returns the rows equal on both sides where no base is known */
export function draftTable(space: Workspace, shape: Shape): number {
  const { db, settings } = space;
  const pace = {
    phase: "read" as const,
    onProgress: settings.onProgress,
    throwIfCancelled: settings.throwIfCancelled,
  };
  createPlan(db, shape);
  const agreed = clearBase(space, shape);
  if (isBag(shape)) findBagChanges(db, shape);
  if (!isKeyed(shape)) return 0;
  if (shape.work.base !== null) {
    findChanges(db, shape, pace);
    return 0;
  }
  return findUnion(db, shape, agreed, pace);
}

/**
 * Where no base is known, equal rows go straight into one that is still incomplete: in the state it is
 * marked so until the run is done; with an explicit ancestor it is a temporary one, adopted with the plan.
 *
 * @returns the table to fill; `null` in a dry run
 */
function clearBase({ db, run, fill }: Workspace, { table, work }: Shape): string | null {
  if (run.schema !== "state" || work.base !== null || work.baseBag !== null) return null;
  for (const kind of baseKinds(table)) db.exec(`DELETE FROM ${workTable(fill, kind, table.name)}`);
  return table.key.length > 0 ? workTable(fill, "base", table.name) : null;
}

/** Nothing was found that has to be written or remembered. */
export function isEmptyDraft(space: Workspace): boolean {
  const { db, shapes } = space;
  const settled = `${C.outcome} <> 'park'`;
  return shapes.every(
    (shape) =>
      (!isKeyed(shape) ||
        db.prepare(`SELECT 1 FROM ${shape.work.plan} WHERE ${settled} LIMIT 1`).get() ===
          undefined) &&
      (!isBag(shape) ||
        db.prepare(`SELECT 1 FROM ${shape.work.planBag} WHERE ${settled} LIMIT 1`).get() ===
          undefined),
  );
}
