import type Database from "better-sqlite3";
import type { ConflictKind } from "@sync/model";
import {
  columnList,
  contentMatches,
  keyList,
  keyMatches,
  qualified,
  uniqueValuesDiffer,
} from "./expressions.ts";
import { foldName, quoteName } from "./identifier.ts";
import { isBag, isKeyed } from "./plan-tables.ts";
import { tokenize } from "./schema/tokenizer.ts";
import { nameOf } from "./schema/tokens.ts";
import type { Table, UniqueIndex } from "./schema/types.ts";
import { CONTROL as C, TOUCHES_ROW, WRITES_ROW } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** Planned rows that would break a constraint of one kind: their numbers in the plan. */
export interface Violation {
  readonly kind: ConflictKind;
  readonly shape: Shape;
  readonly rows: readonly number[];
  /** The numbers are those of the bag's plan. */
  readonly bag: boolean;
  /** The constraint in words, for the reason: ``UNIQUE (`email`)``. */
  readonly constraint: string;
  /** Replaces the sentence about the constraint. */
  readonly reason?: string;
  /** The side on which it would break; where two rows stand against each other within the plan, either. */
  readonly side: SideNames;
  /** Where the row in the way is found; `null` where none can be named. */
  readonly rival: RivalQuery | null;
  /** No decision about the row could help: it is parked without a policy being asked. */
  readonly hopeless?: boolean;
}

/** Finds the row at the other end of a broken constraint. */
export interface RivalQuery {
  /** The table that it is in. */
  readonly shape: Shape;
  /** Gives the key columns of at most one row; binds the number of the planned row, as `@n`. */
  readonly sql: string;
}

/**
 * Finds planned rows whose unique values would stand twice on a side after the run: against rows that
 * stay as they are there, and among the planned rows themselves. Values that move between rows within
 * the run do not collide. Evaluates the plan against the side as it is; writes nothing.
 */
export function findCollisions(db: Database.Database, shape: Shape, side: SideNames): Violation[] {
  const { own } = shape.sides[side.side];
  return own.uniqueIndexes
    .filter((index) => isOverStored(own, index))
    .flatMap((index): Violation[] => {
      const rival = isKeyed(shape) ? rivalOf(shape, side, index) : null;
      const found = { kind: "unique" as const, shape, side, rival, constraint: describe(index) };
      const rows = isKeyed(shape)
        ? [...collidingWithSide(db, shape, side, index), ...collidingInPlan(db, shape, side, index)]
        : [];
      const bagRows = isBag(shape) ? bagCollidingWithSide(db, shape, side, index) : [];
      return [
        { ...found, rows: [...new Set(rows)], bag: false },
        { ...found, rows: [...new Set(bagRows)], bag: true },
      ].filter((violation) => violation.rows.length > 0);
    });
}

function collidingWithSide(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  index: UniqueIndex,
): number[] {
  return numbers(db, `SELECT p.${C.n} ${againstSide(shape, side, index)}`);
}

/** Planned rows `p` and the rows `x` that stay on the side with the same unique values. */
function againstSide(shape: Shape, side: SideNames, index: UniqueIndex): string {
  const { own } = shape.sides[side.side];
  return `FROM ${plannedRows(shape, side, index)} AS p
     CROSS JOIN ${rowsOf(shape, side, index)} AS x ON ${partsMatch(index, "x", "p")}
     WHERE (${keyMatches(own, "x", "p")}) IS NOT TRUE AND ${stays(shape, side)}`;
}

/** Rows that the plan writes to a side, with their keys and indexed values. */
function plannedRows({ sides }: Shape, side: SideNames, index: UniqueIndex): string {
  const { own, plan } = sides[side.side];
  const written = `${side.to} IN ${WRITES_ROW}`;
  return indexedRows(index, { table: own, name: plan }, [keyList(own), C.n], written);
}

/** The row that has the unique values of a planned one: it stays on the side, or is planned as well. */
function rivalOf(shape: Shape, side: SideNames, index: UniqueIndex): RivalQuery {
  const planned = plannedRows(shape, side, index);
  const key = (alias: string): string => commonKey(shape, side, alias);
  const sql = `SELECT * FROM (SELECT ${key("x")} ${againstSide(shape, side, index)} AND p.${C.n} = @n
    UNION ALL SELECT ${key("q")} FROM ${planned} AS p JOIN ${planned} AS q ON ${partsMatch(index, "q", "p")}
      WHERE p.${C.n} = @n AND q.${C.n} <> @n) LIMIT 1`;
  return { shape, sql };
}

/** The key of a side's row under the names that the pair has for it. */
function commonKey({ table, sides }: Shape, { side }: SideNames, alias: string): string {
  const { own } = sides[side];
  return own.key
    .map((part, at) => `${qualified(part.name, alias)} AS ${quoteName(table.key[at]?.name ?? "")}`)
    .join(", ");
}

/** Contents of a bag have no identity: a copy that is there already collides as well. */
function bagCollidingWithSide(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  index: UniqueIndex,
): number[] {
  const { own, planBag } = shape.sides[side.side];
  const planned = indexedRows(index, { table: own, name: planBag }, [C.n], `${side.to} > 0`);
  return numbers(
    db,
    `SELECT p.${C.n} FROM ${planned} AS p CROSS JOIN ${rowsOf(shape, side, index)} AS x ON ${partsMatch(index, "x", "p")}
     WHERE ${stays(shape, side)}`,
  );
}

/** A side's rows with their indexed values. */
function rowsOf(shape: Shape, side: SideNames, index: UniqueIndex): string {
  const { own, target } = shape.sides[side.side];
  const columns = isBag(shape) ? columnList(own) : keyList(own);
  return indexedRows(index, { table: own, name: target }, [columns], "TRUE");
}

/** The side's row `x` is neither deleted nor changed by the plan. */
function stays(shape: Shape, side: SideNames): string {
  const { own, plan, planBag } = shape.sides[side.side];
  const keyed = !isKeyed(shape)
    ? "TRUE"
    : `NOT EXISTS (SELECT 1 FROM ${plan} AS q
    WHERE ${keyMatches(own, "q", "x")} AND q.${side.to} IN ${TOUCHES_ROW})`;
  if (!isBag(shape)) return keyed;
  return `${keyed} AND NOT EXISTS (SELECT 1 FROM ${planBag} AS q
    WHERE q.${side.to} < 0 AND q.${C.count} = 0 AND ${contentMatches(own, "q", "x")})`;
}

/** Rows copied from one side cannot collide among themselves there; only composed rows can. */
function collidingInPlan(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  index: UniqueIndex,
): number[] {
  const { work } = shape;
  const { own, plan } = shape.sides[side.side];
  const composed = `${C.outcome} IN ('merge', 'resolve', 'rekey')`;
  if (
    numbers(
      db,
      `SELECT 1 FROM ${work.plan} WHERE ${composed} AND ${side.to} IN ${WRITES_ROW} LIMIT 1`,
    ).length === 0
  ) {
    return [];
  }
  const rows = (condition: string): string =>
    indexedRows(
      index,
      { table: own, name: plan },
      [C.n],
      `${side.to} IN ${WRITES_ROW} AND ${condition}`,
    );
  const pairs = db
    .prepare(
      `SELECT p.${C.n}, q.${C.n} FROM ${rows(composed)} AS p JOIN ${rows("TRUE")} AS q ON ${partsMatch(index, "q", "p")}
     WHERE p.${C.n} <> q.${C.n}`,
    )
    .raw()
    .all() as [number, number][];
  return pairs.flat();
}

/** Rows of a source with the indexed values as `u1, u2, …`, less those that a partial index leaves out. */
function indexedRows(
  index: UniqueIndex,
  { table, name }: { table: Table; name: string },
  columns: readonly string[],
  condition: string,
): string {
  const parts = index.parts.map(
    (part, i) => `${partExpression(part.column, part.expression)} AS ${unique(i)}`,
  );
  const where = index.where === null ? condition : `(${index.where}) AND ${condition}`;
  return `(SELECT ${[...columns, ...parts].join(", ")} FROM ${name} AS ${quoteName(table.name)} WHERE ${where})`;
}

function partExpression(column: string | null, expression: string | null): string {
  return column === null ? `(${expression ?? "NULL"})` : quoteName(column);
}

function partsMatch(index: UniqueIndex, x: string, y: string): string {
  return index.parts
    .map(
      ({ collation }, i) => `${x}.${unique(i)} = ${y}.${unique(i)} COLLATE ${quoteName(collation)}`,
    )
    .join(" AND ");
}

function unique(part: number): string {
  return `"⟨sync⟩ u${part}"`;
}

/**
 * Over stored columns only, also inside its expressions: the plan has no generated ones. Collisions of
 * those show when they are written.
 */
function isOverStored(table: Table, index: UniqueIndex): boolean {
  const generated = new Set(table.generated.map(({ name }) => foldName(name)));
  const texts = [index.where, ...index.parts.map(({ expression }) => expression)];
  const names = texts.flatMap((text) =>
    tokenize(text ?? "").map((token) => foldName(nameOf(token) ?? "")),
  );
  return (
    names.every((name) => !generated.has(name)) &&
    index.parts.every(
      ({ column }) => column === null || table.columns.some(({ name }) => name === column),
    )
  );
}

function describe(index: UniqueIndex): string {
  const parts = index.parts.map(({ column, expression }) =>
    column === null ? (expression ?? "") : `\`${column}\``,
  );
  return `UNIQUE (${parts.join(", ")})${index.where === null ? "" : ` WHERE ${index.where}`}`;
}

/**
 * Turns updates into replacements where a unique value changes, so that values can move between rows:
 * all of them are deleted before any is inserted again (a temporary value would break CHECKs).
 */
export function planReplacements(db: Database.Database, shape: Shape, side: SideNames): void {
  const { work } = shape;
  const { seen, all } = shape.sides[side.side];
  placeResolvedRows(db, shape, side);
  if (seen.uniqueIndexes.length === 0 && seen.kind !== "virtual") return;
  const rowid = seen.rowidName === null ? "NULL" : qualified(seen.rowidName, "x");
  db.exec(`UPDATE ${work.plan} AS p SET ${side.to} = 4, ${side.rowid} = ${rowid} FROM ${all} AS x
    WHERE p.${side.to} = 2 AND ${keyMatches(seen, "x", "p")} AND (${uniqueValuesDiffer(seen, "x", "p")})`);
}

/** A decided row that a side has not gets the rowid it has on the other. */
function placeResolvedRows(db: Database.Database, shape: Shape, side: SideNames): void {
  const { table, work } = shape;
  if (table.rowidName === null || table.keyIsRowid) return;
  const other = shape[side.side === "a" ? "b" : "a"];
  db.exec(`UPDATE ${work.plan} AS p SET ${side.rowid} = ${qualified(table.rowidName, "x")} FROM ${other} AS x
    WHERE p.${side.to} = 1 AND p.${C.outcome} = 'resolve' AND ${keyMatches(table, "x", "p")}`);
}

function numbers(db: Database.Database, sql: string): number[] {
  return db.prepare(sql).pluck().all() as number[];
}
