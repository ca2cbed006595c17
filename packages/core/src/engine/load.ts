import { SyncError } from "@sync/model";
import { copyToBase, countUnlike, fillTable, isEmptyOn, rowsToLoad } from "../sqlite/load-table.ts";
import type { LoadWay } from "../sqlite/load-table.ts";
import { endsOf } from "../sqlite/one-way.ts";
import { hasOpenReference, tablesByReference } from "../sqlite/references.ts";
import { SIDES, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { noteLoaded } from "../state/lineage.ts";
import type { RunRequest } from "./request.ts";
import { readPace } from "./versions.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Tables of an empty side that get all that the other one has, on a first run. There is nothing to decide and
 * nothing to lose, so that their rows need no plan: what was read stands in the base, which is one only
 * once the run is done, and a first run that was interrupted converges by itself (DESIGN §7).
 */
export interface Load extends LoadWay {
  /** The rows of each table, in its base already. */
  readonly rows: ReadonlyMap<Shape, number>;
}

/**
 * Reads the tables that can be loaded into their bases, in the caller's transaction.
 *
 * All of a side's tables have to be empty, or something could be in conflict and anything follow from that. Left to
 * the plan are tables that are stored otherwise than they are seen, rows without a key, and what foreign keys tie to
 * those, or to a parent that is not there.
 *
 * @param emptyBase - empties a table's base, which is known to be none yet
 */
export function beginLoad(
  space: Workspace,
  request: RunRequest,
  emptyBase: (shape: Shape) => void,
): Load | null {
  const way = wayToLoad(space, request);
  if (way === null) return null;
  const { db, seen, shapes } = space;
  const at = { side: way.from, seen: seen[way.from.side], shapes };
  const counts = new Map(shapes.map((shape) => [shape, rowsToLoad(db, shape, way)]));
  const groups = tablesByReference(at).filter((group) =>
    group.every((shape) => counts.get(shape) !== null && !hasOpenReference(db, at, shape)),
  );
  const loaded = new Map<Shape, number>();
  for (const shape of groups.flat()) {
    const rows = counts.get(shape) ?? 0;
    loaded.set(shape, rows);
    emptyBase(shape);
    const copy = { into: baseOf(shape), rows, from: way.from.side };
    copyToBase(db, shape, copy, readPace(space));
  }
  return { ...way, rows: loaded };
}

/** Which side is empty, if the run is one that may fill it. */
function wayToLoad(
  { db, shapes, writable, oneWay, fill }: Workspace,
  request: RunRequest,
): LoadWay | null {
  const isFirst = shapes.every(({ work }) => work.base === null && work.baseBag === null);
  if (!isFirst || request.dryRun || request.chosen !== null || fill !== "state") return null;
  if (oneWay?.mirror === true) return null;
  const isEmpty = SIDES.map((side) => shapes.every((shape) => isEmptyOn(db, shape, side)));
  if (isEmpty[0] === isEmpty[1]) return null;
  const to = SIDES[isEmpty[0] === true ? 0 : 1];
  const from = SIDES[isEmpty[0] === true ? 1 : 0];
  if (to === undefined || from === undefined || !writable[to.side]) return null;
  return oneWay === null || endsOf(oneWay).target.side === to.side ? { from, to } : null;
}

/** A table's base, which is one once the run is done. */
function baseOf({ table }: Shape): string {
  return workTable("state", "base", table.name);
}

/** Nobody put anything into the tables since. Under the lock. */
export function isStillEmpty({ db }: Workspace, { to, rows }: Load): boolean {
  return [...rows.keys()].every((shape) => isEmptyOn(db, shape, to));
}

/**
 * Fills the tables, and reads back what came.
 *
 * @param hasMoved - the other side may not hold any more what was read: then the base is copied
 * @throws what SQLite refuses; SyncError SYNC_VERIFY_FAILED
 */
export function writeLoad({ db }: Workspace, { from, to, rows }: Load, hasMoved: boolean): void {
  for (const [shape, expected] of rows) {
    const base = baseOf(shape);
    const source = hasMoved ? base : shape.sides[from.side].target;
    const came = fillTable(db, shape, { to, source });
    const missing = Math.abs(expected - came.rows);
    const unlike = came.isCopied || missing > 0 ? missing : countUnlike(db, shape, to, base);
    if (unlike === 0) continue;
    throw new SyncError(
      "SYNC_VERIFY_FAILED",
      `${unlike} rows of table \`${shape.table.name}\` did not come back as they were written; nothing was committed.`,
    );
  }
}

/** Notes the loaded rows as evidence, when the run is remembered. */
export function rememberLoad({ db }: Workspace, { from, to, rows }: Load): void {
  for (const [shape, count] of rows) {
    noteLoaded(db, shape, { from, to, base: baseOf(shape), rows: count });
  }
}
