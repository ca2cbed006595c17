import type Database from "better-sqlite3";
import type { RivalQuery, Violation } from "./collisions.ts";
import { contentMatches, keyList, keyMatches, qualified, valuesDiffer } from "./expressions.ts";
import { hasGeneratedKey } from "./generated-key.ts";
import {
  areTwoNew,
  collationOf,
  disputedRow,
  isPartOfKey,
  keyPartOf,
  pointsAt,
} from "./disputed-parents.ts";
import type { Member, Reference } from "./disputed-parents.ts";
import { isSameName, quoteName } from "./identifier.ts";
import { indexPlan, isBag, isKeyed } from "./plan-tables.ts";
import type { SeenSide } from "./projection/projection.ts";
import { allRows } from "./projection/views.ts";
import type { ForeignKey, Table } from "./schema/types.ts";
import { CONTROL as C, TOUCHES_ROW, WRITES_ROW, columnDefinitions } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** A side's tables, and those of the run among them. */
export interface SideTables {
  readonly side: SideNames;
  /** As the pair sees the side. */
  readonly seen: SeenSide;
  readonly shapes: readonly Shape[];
}

/**
 * Finds planned changes after which a child would point at a parent that does not exist: children
 * written without a parent, and parents taken away while a child stays, be the child's table part of
 * the run or not. Touched rows only; a row that pointed nowhere before is not a new violation
 * (DESIGN §3.12). Writes nothing.
 */
export function findDanglingReferences(db: Database.Database, at: SideTables): Violation[] {
  const references = referencesOf(at);
  return references.flatMap((reference) =>
    orphans(db, reference, at.side).concat(
      takenParents(db, reference, at.side),
      ambiguous(db, reference, at.side, references),
    ),
  );
}

/**
 * Foreign keys over generated columns cannot be foreseen from the plan, which has only stored ones. How
 * many rows break them is counted before and after the write instead: it must not have become more.
 */
export function countGeneratedViolations(
  db: Database.Database,
  shapes: readonly Shape[],
  side: SideNames,
): number {
  const count = db.prepare("SELECT count(*) FROM pragma_foreign_key_check(?, ?)").pluck();
  return shapes
    .map(({ sides }) => sides[side.side])
    .filter(({ own }) => own.foreignKeys.some((key) => !hasStored(own, key.columns)))
    .reduce((sum, { own }) => sum + (count.get(own.name, side.side) as number), 0);
}

/**
 * Tables of the run in groups that foreign keys hold together. What a side's tables say about rows of one
 * group is said of that group alone.
 */
export function tablesByReference(at: SideTables): Shape[][] {
  const groupOf = new Map(at.shapes.map((shape) => [shape, [shape]]));
  for (const { child, parent } of referencesOf(at)) {
    if (child.shape === null || parent.shape === null) continue;
    const [one, other] = [groupOf.get(child.shape), groupOf.get(parent.shape)];
    if (one === undefined || other === undefined || one === other) continue;
    one.push(...other);
    for (const shape of other) groupOf.set(shape, one);
  }
  return [...new Set(groupOf.values())];
}

/** Some row of a table points at a parent that its side has not, or at one in a table that is not part of the run. */
export function hasOpenReference(db: Database.Database, at: SideTables, shape: Shape): boolean {
  return referencesOf(at)
    .filter(({ child }) => child.shape === shape)
    .some((reference) => {
      const { child, parent, key } = reference;
      if (parent.shape === null) return true;
      const points = key.columns.map((name) => `${qualified(name, "p")} IS NOT NULL`).join(" AND ");
      const sql = `SELECT 1 FROM ${child.name} AS p WHERE ${points}
        AND NOT EXISTS (SELECT 1 FROM ${parent.name} AS x WHERE ${pointsAt(reference, "x", "p")}) LIMIT 1`;
      return db.prepare(sql).get() !== undefined;
    });
}

/** Every foreign key between two tables of a side. One that SQLite itself could not enforce says nothing. */
function referencesOf({ side, seen, shapes }: SideTables): Reference[] {
  const { schema } = seen;
  const member = (table: Table): Member => {
    const shape = shapes.find((one) => isSameName(one.table.name, table.name)) ?? null;
    // Rows outside a filter are parents and children all the same.
    const name = shape?.sides[side.side].all ?? allRows(seen, side.side, table.name);
    return { table: shape?.sides[side.side].seen ?? table, name, shape };
  };
  return schema.tables.flatMap((child) =>
    child.foreignKeys.flatMap((key) => {
      const parent = schema.tables.find(({ name }) => isSameName(name, key.parentTable));
      return parent !== undefined && isEnforceable(child, parent, key)
        ? [{ child: member(child), parent: member(parent), key }]
        : [];
    }),
  );
}

function isEnforceable(child: Table, parent: Table, key: ForeignKey): boolean {
  return (
    key.columns.length > 0 &&
    key.columns.length === key.parentColumns.length &&
    hasStored(child, key.columns) &&
    hasStored(parent, key.parentColumns)
  );
}

function hasStored({ columns }: Table, names: readonly string[]): boolean {
  return names.every((name) => columns.some((column) => isSameName(column.name, name)));
}

function orphans(db: Database.Database, reference: Reference, side: SideNames): Violation[] {
  const { key, parent } = reference;
  const { shape } = reference.child;
  if (shape === null) return [];
  if (parent.shape !== null) indexPlan(db, parent.shape, key.parentColumns);
  const notNull = key.columns.map((name) => `${qualified(name, "p")} IS NOT NULL`);
  const dangling = [...notNull, ...missingParent(reference, side)].join(" AND ");
  const rowsIn = (plan: string, condition: string): number[] =>
    numbers(db, `SELECT p.${C.n} FROM ${plan} AS p WHERE ${condition} AND ${dangling}`);
  const written = `p.${side.to} IN ${WRITES_ROW} AND ${pointedElsewhere(shape, key, side, hadNone(reference))}`;
  const rows = isKeyed(shape) ? rowsIn(shape.work.plan, written) : [];
  const bagRows = isBag(shape) ? rowsIn(shape.work.planBag, `p.${side.to} > 0`) : [];
  const found = { reference, shape, side };
  return [
    ...violations({ ...found, rows, bag: false, rival: missingRival(reference, shape) }),
    ...violations({ ...found, rows: bagRows, bag: true, rival: null }),
  ];
}

/** The parent that a child misses: as the other side or the base has it. */
function missingRival(reference: Reference, child: Shape): RivalQuery | null {
  const { shape } = reference.parent;
  if (shape === null || !isKeyed(shape)) return null;
  const { a, b } = shape.sides;
  const sources = [a.all, b.all, ...(shape.work.base === null ? [] : [shape.work.base])];
  const found = sources.map(
    (
      source,
    ) => `SELECT ${keyList(shape.table, "x")} FROM ${child.work.plan} AS p CROSS JOIN ${source} AS x
      ON ${pointsAt(reference, "x", "p")} WHERE p.${C.n} = @n`,
  );
  return { shape, sql: `SELECT * FROM (${found.join(" UNION ALL ")}) LIMIT 1` };
}

/** A row that points where it pointed before, `o` being what it was, is not a new one there. */
function pointedElsewhere(child: Shape, key: ForeignKey, side: SideNames, also = "TRUE"): string {
  return `NOT EXISTS (SELECT 1 FROM ${child.sides[side.side].all} AS o
    WHERE ${keyMatches(child.table, "o", "p")} AND ${sameColumns(child.table, key.columns, "o", "p")} AND ${also})`;
}

/** The violation was there before; else the parent goes in this run, while the child is changed for another reason. */
function hadNone(reference: Reference): string {
  return `NOT EXISTS (SELECT 1 FROM ${reference.parent.name} AS x WHERE ${pointsAt(reference, "x", "o")})`;
}

/** Neither a planned parent nor one that stays has the values of child `p`. */
function missingParent(reference: Reference, side: SideNames): string[] {
  const { name, shape } = reference.parent;
  const stays =
    shape === null || !isKeyed(shape)
      ? ""
      : ` AND NOT EXISTS (SELECT 1 FROM ${shape.work.plan} AS q
          WHERE ${keyMatches(shape.table, "q", "x")} AND q.${side.to} IN ${TOUCHES_ROW})`;
  const present = `NOT EXISTS (SELECT 1 FROM ${name} AS x WHERE ${pointsAt(reference, "x", "p")}${stays})`;
  return shape === null ? [present] : [present, noneComes(reference, shape, side, "p")];
}

/** No planned row of the parent has the values that child `alias` points at. */
function noneComes(reference: Reference, parent: Shape, side: SideNames, alias: string): string {
  const [plan, written] = isKeyed(parent)
    ? [parent.work.plan, `q.${side.to} IN ${WRITES_ROW}`]
    : [parent.work.planBag, `q.${side.to} > 0`];
  return `NOT EXISTS (SELECT 1 FROM ${plan} AS q WHERE ${written} AND ${pointsAt(reference, "q", alias)})`;
}

/** Parents that go, or change what children point at, while a child stays that points at them. */
function takenParents(db: Database.Database, reference: Reference, side: SideNames): Violation[] {
  const { shape } = reference.parent;
  if (shape === null || collectTaken(db, reference, shape, side) === 0) return [];
  const rows = numbers(
    db,
    `SELECT DISTINCT t.${C.n} FROM temp."sync:taken" AS t
     JOIN ${reference.child.name} AS c ON ${childPointsAt(reference, "c", "t")}
     WHERE ${childStays(reference.child.shape, side)} AND ${noneComes(reference, shape, side, "c")}`,
  );
  const bag = !isKeyed(shape);
  const rival = bag ? null : stayingChild(reference, shape, side);
  return violations({ reference, shape, side, rows, bag, rival });
}

/** A child that would lose its parent. */
function stayingChild(reference: Reference, parent: Shape, side: SideNames): RivalQuery | null {
  const { name, shape } = reference.child;
  if (shape === null || !isKeyed(shape)) return null;
  return {
    shape,
    sql: `SELECT ${keyList(shape.table, "c")} FROM ${parent.work.plan} AS q
      CROSS JOIN ${parent.sides[side.side].all} AS x ON ${keyMatches(parent.table, "x", "q")}
      JOIN ${name} AS c ON ${childPointsAt(reference, "c", "x")}
      WHERE q.${C.n} = @n AND ${childStays(shape, side)} LIMIT 1`,
  };
}

/**
 * Children that point at a key under which both sides have a row of their own, in the inbox: whose child
 * it is cannot be told on the other side. They wait with their parent; so do those that look alike on both sides and may be
 * two.
 */
function ambiguous(
  db: Database.Database,
  reference: Reference,
  side: SideNames,
  all: readonly Reference[],
): Violation[] {
  const { key, parent, child } = reference;
  const { shape } = child;
  const toKey = keyPartOf(reference);
  if (shape === null || parent.shape === null || toKey === null) return [];
  const condition = disputedRow(parent.shape, "q", all);
  if (condition === null) return [];
  const disputed = `SELECT 1 FROM ${parent.shape.work.plan} AS q WHERE ${condition}`;
  if (db.prepare(`${disputed} LIMIT 1`).get() === undefined) return [];
  const isDisputed = `EXISTS (${disputed} AND ${pointsAt(toKey, "q", "p")})`;
  const rowsIn = (plan: string, written: string): number[] =>
    numbers(db, `SELECT p.${C.n} FROM ${plan} AS p WHERE ${written} AND ${isDisputed}`);
  const comes = `p.${side.to} IN ${WRITES_ROW} AND (p.${side.did} = '+' OR ${pointedElsewhere(shape, key, side)})`;
  const alike = `p.${C.outcome} = 'agree' AND ${areTwoNew("p")}`;
  const written =
    hasGeneratedKey(shape.table) || isPartOfKey(toKey) ? `((${comes}) OR (${alike}))` : comes;
  const rows = isKeyed(shape) ? rowsIn(shape.work.plan, written) : [];
  const bagRows = isBag(shape) ? rowsIn(shape.work.planBag, `p.${side.to} > 0`) : [];
  const at = { reference, shape, side, rival: null };
  const reason = `it points at a row of \`${parent.table.name}\` whose key both sides gave out: decide about that one first`;
  return [
    ...violations({ ...at, rows, bag: false, reason, hopeless: true }),
    ...violations({ ...at, rows: bagRows, bag: true, reason, hopeless: true }),
  ];
}

/**
 * `temp."sync:taken"`: planned rows of the parent with the values they have now on the side and lose,
 * under the parent's affinities and collations, indexed by what children point at.
 */
function collectTaken(
  db: Database.Database,
  { key }: Reference,
  { table, work, sides }: Shape,
  side: SideNames,
): number {
  const columns = key.parentColumns.map((name) => quoteName(name)).join(", ");
  const values = (alias: string): string =>
    key.parentColumns.map((name) => qualified(name, alias)).join(", ");
  db.exec(`DROP TABLE IF EXISTS temp."sync:taken";
    CREATE TEMP TABLE "sync:taken" (${C.n} INTEGER, ${columnDefinitions(table)});
    CREATE INDEX temp."sync:taken key" ON "sync:taken" (${columns})`);
  const insert = `INSERT INTO temp."sync:taken" (${C.n}, ${columns})`;
  if (table.key.length === 0) {
    return db
      .prepare(
        `${insert} SELECT q.${C.n}, ${values("q")} FROM ${work.planBag} AS q WHERE q.${side.to} < 0`,
      )
      .run().changes;
  }
  return db
    .prepare(
      `${insert} SELECT q.${C.n}, ${values("x")} FROM ${work.plan} AS q
       CROSS JOIN ${sides[side.side].all} AS x ON ${keyMatches(table, "x", "q")}
       WHERE q.${side.to} IN ${TOUCHES_ROW}
         AND NOT (q.${side.to} <> 3 AND ${sameColumns(table, key.parentColumns, "x", "q")})`,
    )
    .run().changes;
}

/** The child row `c` is neither deleted nor changed by the plan. */
function childStays(child: Shape | null, side: SideNames): string {
  if (child === null) return "TRUE";
  const conditions: string[] = [];
  if (isKeyed(child)) {
    conditions.push(`NOT EXISTS (SELECT 1 FROM ${child.work.plan} AS p
      WHERE ${keyMatches(child.table, "p", "c")} AND p.${side.to} IN ${TOUCHES_ROW})`);
  }
  if (isBag(child)) {
    conditions.push(`NOT EXISTS (SELECT 1 FROM ${child.work.planBag} AS p
      WHERE p.${side.to} < 0 AND p.${C.count} = 0 AND ${contentMatches(child.table, "p", "c")})`);
  }
  return conditions.join(" AND ");
}

/** The same; where the affinities are equal the child's index may be used. */
function childPointsAt(reference: Reference, child: string, x: string): string {
  const { key, parent } = reference;
  const affinity = (table: Table, name: string): string | undefined =>
    table.columns.find((column) => isSameName(column.name, name))?.affinity;
  const isAlike = key.parentColumns.every(
    (name, i) =>
      affinity(parent.table, name) === affinity(reference.child.table, key.columns[i] ?? ""),
  );
  if (!isAlike) return pointsAt(reference, x, child);
  return key.parentColumns
    .map(
      (name, i) =>
        `${qualified(key.columns[i] ?? "", child)} = ${qualified(name, x)}${collationOf(parent.table, name)}`,
    )
    .join(" AND ");
}

function sameColumns(table: Table, names: readonly string[], x: string, y: string): string {
  const columns = table.columns.filter((column) =>
    names.some((name) => isSameName(name, column.name)),
  );
  return columns
    .map(
      (column) =>
        `NOT ${valuesDiffer(column, qualified(column.name, x), qualified(column.name, y))}`,
    )
    .join(" AND ");
}

interface Found extends Omit<Violation, "kind" | "constraint"> {
  readonly reference: Reference;
}

function violations({ reference, ...found }: Found): Violation[] {
  if (found.rows.length === 0) return [];
  return [{ kind: "foreign-key", ...found, constraint: describe(reference) }];
}

function describe({ child, key }: Reference): string {
  const names = (columns: readonly string[]): string =>
    columns.map((name) => `\`${name}\``).join(", ");
  return `FOREIGN KEY \`${child.table.name}\` (${names(key.columns)}) → \`${key.parentTable}\` (${names(key.parentColumns)})`;
}

function numbers(db: Database.Database, sql: string): number[] {
  return db.prepare(sql).pluck().all() as number[];
}
