import type Database from "better-sqlite3";
import type { Violation } from "./collisions.ts";
import { contentMatches, keyMatches, qualified, valuesDiffer } from "./expressions.ts";
import { isSameName, quoteName } from "./identifier.ts";
import { isBag, isKeyed } from "./plan-tables.ts";
import type { ForeignKey, Table } from "./schema/types.ts";
import { CONTROL as C, TOUCHES_ROW, WRITES_ROW } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** A foreign key between two tables, either of which may not be part of the run (`null`). */
interface Reference {
  readonly child: Shape;
  readonly parent: Shape | null;
  /** The parent table on the side, as an SQL name. */
  readonly parentName: string;
  readonly key: ForeignKey;
}

/**
 * Finds planned changes after which a child would point at a parent that does not exist: children
 * written without a parent, and parents taken away while a child stays. Touched rows only; a row that
 * pointed nowhere before is not a new violation (DESIGN §3.12). Writes nothing.
 */
export function findDanglingReferences(
  db: Database.Database,
  shapes: readonly Shape[],
  side: SideNames,
): Violation[] {
  const exists = db.prepare(
    `SELECT 1 FROM ${side.side}.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`,
  );
  const references = shapes.flatMap((child) =>
    child.table.foreignKeys
      .filter((key) => exists.get(key.parentTable) !== undefined && isOverStored(child, key))
      .map((key): Reference => {
        const parent = shapes.find(({ table }) => isSameName(table.name, key.parentTable)) ?? null;
        return { child, key, parent, parentName: `${side.side}.${quoteName(key.parentTable)}` };
      }),
  );
  return references.flatMap((reference) =>
    orphans(db, reference, side).concat(takenParents(db, reference, side)),
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
    .filter((child) => child.table.foreignKeys.some((key) => !isOverStored(child, key)))
    .reduce((sum, { table }) => sum + (count.get(table.name, side.side) as number), 0);
}

function isOverStored({ table }: Shape, key: ForeignKey): boolean {
  return key.columns.every((name) => table.columns.some((column) => isSameName(column.name, name)));
}

function orphans(db: Database.Database, reference: Reference, side: SideNames): Violation[] {
  const { child, key } = reference;
  const notNull = key.columns.map((name) => `${qualified(name, "p")} IS NOT NULL`);
  const dangling = [...notNull, ...missingParent(reference, side)].join(" AND ");
  const rowsIn = (plan: string, condition: string): number[] =>
    db
      .prepare(`SELECT p.${C.n} FROM ${plan} AS p WHERE ${condition} AND ${dangling}`)
      .pluck()
      .all() as number[];
  const rows = isKeyed(child)
    ? rowsIn(
        child.work.plan,
        `p.${side.to} IN ${WRITES_ROW} AND ${pointedElsewhere(reference, side)}`,
      )
    : [];
  const bagRows = isBag(child) ? rowsIn(child.work.planBag, `p.${side.to} > 0`) : [];
  return [
    ...violations(reference, child, rows, false),
    ...violations(reference, child, bagRows, true),
  ];
}

/** A row that points where it pointed before is not a new violation. */
function pointedElsewhere({ child, key }: Reference, side: SideNames): string {
  return `NOT EXISTS (SELECT 1 FROM ${child[side.side]} AS o
    WHERE ${keyMatches(child.table, "o", "p")} AND ${sameColumns(child.table, key.columns, "o", "p")})`;
}

/** Neither a planned parent nor one that stays has the values of child `p`. */
function missingParent(reference: Reference, side: SideNames): string[] {
  const { parent, parentName } = reference;
  const stays =
    parent === null || !isKeyed(parent)
      ? ""
      : ` AND NOT EXISTS (SELECT 1 FROM ${parent.work.plan} AS q
    WHERE ${keyMatches(parent.table, "q", "x")} AND q.${side.to} IN ${TOUCHES_ROW})`;
  const present = `NOT EXISTS (SELECT 1 FROM ${parentName} AS x WHERE ${pointsAt(reference, "x", "p")}${stays})`;
  if (parent === null) return [present];
  const [plan, written] = isKeyed(parent)
    ? [parent.work.plan, `q.${side.to} IN ${WRITES_ROW}`]
    : [parent.work.planBag, `q.${side.to} > 0`];
  return [
    present,
    `NOT EXISTS (SELECT 1 FROM ${plan} AS q WHERE ${written} AND ${pointsAt(reference, "q", "p")})`,
  ];
}

function takenParents(db: Database.Database, reference: Reference, side: SideNames): Violation[] {
  const { parent, child, key } = reference;
  if (parent === null) return [];
  if (!isKeyed(parent)) return takenBagParents(db, { ...reference, parent }, side);
  const keeps =
    key.parentColumns.length === 0
      ? "FALSE"
      : sameColumns(parent.table, key.parentColumns, "x", "q");
  const rows = db
    .prepare(
      `SELECT DISTINCT q.${C.n} FROM ${parent.work.plan} AS q
     CROSS JOIN ${parent[side.side]} AS x ON ${keyMatches(parent.table, "x", "q")}
     JOIN ${child[side.side]} AS c ON ${childPointsAt(reference, "c", "x")}
     WHERE q.${side.to} IN ${TOUCHES_ROW} AND NOT (q.${side.to} <> 3 AND ${keeps}) AND ${childStays(child, side)}
       AND NOT EXISTS (SELECT 1 FROM ${parent.work.plan} AS r
         WHERE r.${side.to} IN ${WRITES_ROW} AND ${pointsAt(reference, "r", "c")})`,
    )
    .pluck()
    .all() as number[];
  return violations(reference, parent, rows, false);
}

/** A parent without a key of its own: its foreign key leans on a UNIQUE over columns that may be NULL. */
function takenBagParents(
  db: Database.Database,
  reference: Reference & { parent: Shape },
  side: SideNames,
): Violation[] {
  const { parent, child } = reference;
  const rows = db
    .prepare(
      `SELECT DISTINCT q.${C.n} FROM ${parent.work.planBag} AS q
     JOIN ${child[side.side]} AS c ON ${childPointsAt(reference, "c", "q")}
     WHERE q.${side.to} < 0 AND ${childStays(child, side)}
       AND NOT EXISTS (SELECT 1 FROM ${parent.work.planBag} AS r WHERE r.${side.to} > 0 AND ${pointsAt(reference, "r", "c")})`,
    )
    .pluck()
    .all() as number[];
  return violations(reference, parent, rows, true);
}

/** The child row `c` is neither deleted nor changed by the plan. */
function childStays(child: Shape, side: SideNames): string {
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

/**
 * The parent's columns equal the child's as SQLite compares them for a foreign key (foreignkeys.html §3):
 * the parent's affinity and collation count, so the child's are stripped.
 */
function pointsAt({ key, parent }: Reference, x: string, child: string): string {
  return key.parentColumns
    .map((name, i) => {
      const collate = parent === null ? "" : collationOf(parent.table, name);
      return `${qualified(name, x)} = +${qualified(key.columns[i] ?? "", child)}${collate}`;
    })
    .join(" AND ");
}

/** The same with the child's index free to be used; a superset where affinities differ. */
function childPointsAt({ key, parent }: Reference, child: string, x: string): string {
  return key.parentColumns
    .map((name, i) => {
      const collate = parent === null ? "" : collationOf(parent.table, name);
      return `${qualified(key.columns[i] ?? "", child)} = ${qualified(name, x)}${collate}`;
    })
    .join(" AND ");
}

/** The collation of the index that makes the parent's column unique. */
function collationOf(parent: Table, column: string): string {
  const inKey = parent.key.find(({ name }) => isSameName(name, column));
  const inUnique = parent.uniqueIndexes
    .flatMap((index) => index.parts)
    .find((part) => part.column !== null && isSameName(part.column, column));
  const collation = inKey?.collation ?? inUnique?.collation;
  return collation === undefined ? "" : ` COLLATE ${quoteName(collation)}`;
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

function violations(
  reference: Reference,
  shape: Shape,
  rows: readonly number[],
  bag: boolean,
): Violation[] {
  return rows.length === 0
    ? []
    : [{ kind: "foreign-key", shape, rows, bag, constraint: describe(reference) }];
}

function describe({ child, key }: Reference): string {
  const names = (columns: readonly string[]): string =>
    columns.map((name) => `\`${name}\``).join(", ");
  return `FOREIGN KEY \`${child.table.name}\` (${names(key.columns)}) → \`${key.parentTable}\` (${names(key.parentColumns)})`;
}
