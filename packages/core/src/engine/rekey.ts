import type { Renumbered, SqlValue } from "@sync/model";
import type { Violation } from "../sqlite/collisions.ts";
import { hasGeneratedKey } from "../sqlite/generated-key.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { findTakenKeys, markArrived } from "../sqlite/rekey/arrived-keys.ts";
import { lastKey, MAX_KEY } from "../sqlite/rekey/fresh-keys.ts";
import {
  findFollowers,
  findStuck,
  followParents,
  movedKeysQuery,
  planFresh,
  planLeft,
} from "../sqlite/rekey/followers.ts";
import { findKeyReferences, keyPositions } from "../sqlite/rekey/key-references.ts";
import type { KeyReference } from "../sqlite/rekey/key-references.ts";
import {
  createMoved,
  moveWithParents,
  movedTable,
  seedMoved,
  splitAgreed,
  uniteSplit,
} from "../sqlite/rekey/moved-keys.ts";
import { findTwins } from "../sqlite/rekey/twins.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { numberConflicts } from "../state/conflicts.ts";
import { keepImages } from "../state/images.ts";
import { parkRows } from "../state/park.ts";
import { recordRenumbered } from "../state/renumbered.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Two rows that were given one generated key are both kept (DESIGN §6): under the key stays one of
 * them, and the other gets a fresh one on both sides. What points at it on its side follows, also as
 * part of another key, over any number of tables. A decision that some row could not follow is parked
 * instead: nothing may point at another row than its user meant.
 *
 * Two steps, with the composing of values between them. Here the plan learns which rows move; what
 * a row leaves behind is said by its letters or `planLeft`.
 *
 * @returns true if rows move; then `finishRekeys` must follow
 */
export function beginRekeys(space: Workspace): boolean {
  const { db } = space;
  forgetRekeys(space);
  if (!space.shapes.some((shape) => hasRekeys(space, shape))) return false;
  const references = referencesOf(space);
  const keyed = space.shapes.filter(isKeyed);
  do {
    for (const shape of keyed) uniteSplit(db, shape);
    do findMoving(space, references);
    while (splitAgreed(db, references) > 0);
  } while (parkStuck(space, references));
  for (const shape of keyed) keepMoving(space, shape, references);
  for (const shape of keyed) planLeft(db, shape);
  return true;
}

/** Once values are composed: rows under their fresh keys, and every reference that follows them. */
export function finishRekeys(space: Workspace): void {
  const { db, run } = space;
  const keyed = space.shapes.filter(isKeyed);
  for (const shape of keyed) planFresh(db, shape);
  followParents(db, referencesOf(space));
  for (const shape of keyed) recordRenumbered(db, shape, run);
}

/** Why rows, by `rekeyName`, are not given a fresh key in this run. */
export type RefusedRekeys = ReadonlyMap<string, string>;

/** What a row in conflict is called from one plan of a run to the next. */
export function rekeyName(table: string, keyText: string): string {
  return `${table}:${keyText}`;
}

/** The decisions behind rows that would break a constraint under their fresh keys, or by following one. */
export function refuseRekeys(space: Workspace, found: readonly Violation[]): RefusedRekeys {
  const refused = new Map<string, string>();
  for (const { shape, rows, constraint } of found.filter(({ bag }) => !bag)) {
    for (const name of namesOf(space, shape, rows))
      refused.set(name, `under a fresh key it would break ${constraint}`);
  }
  return refused;
}

function namesOf({ db, shapes, run }: Workspace, shape: Shape, rows: readonly number[]): string[] {
  const roots = db
    .prepare(
      `SELECT DISTINCT ${C.root} FROM ${shape.work.plan} WHERE ${C.root} IS NOT NULL
         AND ${C.n} IN (SELECT value FROM json_each(?))`,
    )
    .pluck()
    .all(JSON.stringify(rows)) as string[];
  return roots.flatMap((root) => {
    const at = root.lastIndexOf(":");
    const parent = shapes.find(({ table }) => table.name === root.slice(0, at));
    if (parent === undefined) return [];
    const key = db
      .prepare(
        `SELECT c.key_text FROM ${parent.work.plan} AS p CROSS JOIN ${run.schema}.sync_conflict AS c ON c.id = p.${C.conflict}
         WHERE p.${C.n} = ?`,
      )
      .pluck()
      .get(Number(root.slice(at + 1))) as string;
    return [rekeyName(parent.table.name, key)];
  });
}

/** Which rows of the plan got a fresh key, table by table, in the order of their old ones. */
export function readRenumbered({ db, shapes }: Workspace): Renumbered[] {
  const isThere = db.prepare("SELECT 1 FROM temp.sqlite_schema WHERE name = ?");
  return shapes.filter(isKeyed).flatMap((shape) => {
    if (isThere.get(`sync:moved:${shape.table.name}`) === undefined) return [];
    const rows = db.prepare(movedKeysQuery(shape)).safeIntegers().raw().all() as MovedKeys[];
    const names = shape.table.key.map(({ name }) => name);
    const keyFrom = (values: readonly SqlValue[]): Renumbered["from"] =>
      Object.fromEntries(names.map((name, at) => [name, values[at] ?? null]));
    return rows.map(([side, ...values]) => ({
      table: shape.table.name,
      side,
      from: keyFrom(values),
      to: keyFrom(values.slice(names.length)),
    }));
  });
}

type MovedKeys = ["a" | "b", ...SqlValue[]];

/** What an earlier round noted about moving rows is void. */
function forgetRekeys({ db, shapes }: Workspace): void {
  for (const { table } of shapes) db.exec(`DROP TABLE IF EXISTS ${movedTable(table)}`);
}

function referencesOf({ seen, shapes, references }: Workspace): KeyReference[] {
  return findKeyReferences(seen, shapes, references);
}

function hasRekeys({ db }: Workspace, shape: Shape): boolean {
  if (!isKeyed(shape) || !hasGeneratedKey(shape.table)) return false;
  const sql = `SELECT 1 FROM ${shape.work.plan} WHERE ${C.outcome} = 'resolve' AND ${C.rekey} IS NOT NULL LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** Fills the tables of moved rows anew, from the decisions at hand. */
function findMoving(space: Workspace, references: readonly KeyReference[]): void {
  const { db } = space;
  const roots = space.shapes.filter((shape) => hasRekeys(space, shape));
  for (const shape of space.shapes.filter(isKeyed)) createMoved(db, shape);
  for (const shape of roots) {
    findTwins(db, shape, references);
    seed(space, shape, references);
  }
  while (moveWithParents(db, references) > 0);
  // A row with two parents that move learns of the second one only now.
  moveWithParents(db, references);
  for (const shape of space.shapes.filter(isKeyed)) markArrived(db, shape, references);
}

function seed(space: Workspace, shape: Shape, references: readonly KeyReference[]): void {
  const { db } = space;
  const last = lastKey(db, shape, references);
  const count = seedMoved(db, shape, last);
  const reason =
    last + BigInt(count) > MAX_KEY
      ? "there is no greater key left to give out"
      : borrowedReason(shape, references);
  if (reason === null) return;
  const all = db
    .prepare(`SELECT root FROM ${movedTable(shape.table)}`)
    .pluck()
    .all() as string[];
  parkRoots(space, all, reason);
  createMoved(db, shape);
}

/** A key that is another row's, named as a reference by the caller: a fresh one would be of somebody else. */
function borrowedReason(shape: Shape, references: readonly KeyReference[]): string | null {
  const borrowed = references.find(
    (reference) => reference.child === shape && keyPositions(reference).some((at) => at >= 0),
  );
  return borrowed === undefined
    ? null
    : `its key is that of a row of \`${borrowed.parent.table.name}\``;
}

/** @returns true if some decision was parked, so that all has to be worked out again */
function parkStuck(space: Workspace, references: readonly KeyReference[]): boolean {
  const stuck = findStuck(space.db, references);
  parkRoots(space, stuck, "a row that points at it could not follow it to a fresh key");
  const taken = space.shapes.filter(isKeyed).flatMap((shape) => findTakenKeys(space.db, shape));
  parkRoots(space, taken, "a row that points at it would move to a key that is another row's");
  const own = space.shapes.filter(isKeyed).flatMap((shape) => findWithOwnColumns(space, shape));
  parkRoots(space, own, "columns that only its side has could not follow it to a fresh key");
  return stuck.length + taken.length + own.length > 0;
}

/** What stands in columns that the pair does not see would stay behind under the old key. */
function findWithOwnColumns({ db }: Workspace, { table, sides }: Shape): string[] {
  const having = SIDES.filter(({ side }) => sides[side].leftOut.length > 0);
  const list = having.map(({ side }) => `'${side}'`).join(", ");
  return db
    .prepare(`SELECT DISTINCT root FROM ${movedTable(table)} WHERE side IN (${list})`)
    .pluck()
    .all() as string[];
}

function parkRoots({ db, shapes, run }: Workspace, roots: readonly string[], reason: string): void {
  const why = { kind: "insert/insert", reason, retry: false, obstacle: null };
  for (const shape of shapes) {
    const prefix = `${shape.table.name}:`;
    const rows = roots
      .filter((root) => root.startsWith(prefix))
      .map((root) => Number(root.slice(prefix.length)))
      .filter((n) => Number.isInteger(n));
    if (rows.length === 0) continue;
    parkRows(db, shape, rows, { run, why });
    db.exec(`UPDATE ${shape.work.plan} SET ${C.rekey} = NULL WHERE ${C.outcome} = 'park'`);
  }
}

/** Rows that are about to be changed on their own side: what they hold now is kept, and compared before they are written. */
function keepMoving(space: Workspace, shape: Shape, references: readonly KeyReference[]): void {
  const { db, run } = space;
  const moved = db
    .prepare(`SELECT n FROM ${movedTable(shape.table)}`)
    .pluck()
    .all() as number[];
  const rows = JSON.stringify([...moved, ...findFollowers(db, references, shape)]);
  const chosen = `p.${C.n} IN (SELECT value FROM json_each('${rows}'))`;
  const fresh = db
    .prepare(
      `SELECT p.${C.n} FROM ${shape.work.plan} AS p WHERE p.${C.conflict} IS NULL AND ${chosen}`,
    )
    .pluck()
    .all() as number[];
  numberConflicts(db, shape, run, chosen);
  keepImages(db, shape, `p.${C.n} IN (SELECT value FROM json_each('${JSON.stringify(fresh)}'))`);
}
