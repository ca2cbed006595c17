import type Database from "better-sqlite3";
import { keyMatches } from "../sqlite/expressions.ts";
import { isSameName, quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, columnDefinitions, workTable } from "../sqlite/shape.ts";
import { newColumnValue } from "./new-column.ts";
import type { OldBase } from "./new-column.ts";
import { baseKinds, createBase, createWritten } from "./tables.ts";
import { forgetPages } from "./signatures.ts";

/** What a base table depends on, as the state keeps it. */
export interface KnownShape {
  readonly kind: Table["kind"];
  readonly columns: readonly (readonly [name: string, affinity: string])[];
  readonly key: readonly (readonly [name: string, collation: string])[];
  readonly nullable: boolean;
}

/** Whether something that was read is one; columns and keys are pairs. */
export function isKnownShape(value: unknown): value is KnownShape {
  if (typeof value !== "object" || value === null) return false;
  const { columns, key } = value as Partial<Record<keyof KnownShape, unknown>>;
  return [columns, key].every(
    (list) => Array.isArray(list) && list.every((one) => Array.isArray(one) && one.every(isText)),
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** The shape of a table as it is now. */
export function shapeOf(table: Table): KnownShape {
  return {
    kind: table.kind,
    columns: table.columns.map((column) => [column.name, column.affinity]),
    key: table.key.map((part) => [part.name, part.collation]),
    nullable: table.nullableKey,
  };
}

/** Rows can still be told apart as before: only columns were added or dropped, on both sides alike. */
export function canMigrate(known: KnownShape, table: Table): boolean {
  const now = shapeOf(table);
  const keeps = now.columns.every(([name, affinity]) =>
    known.columns.every(([old, before]) => !isSameName(old, name) || before === affinity),
  );
  return (
    keeps &&
    known.kind === now.kind &&
    known.nullable === now.nullable &&
    JSON.stringify(known.key) === JSON.stringify(now.key)
  );
}

/** Carries a table's base over to new columns, in the state. */
export function migrateBase(db: Database.Database, old: OldBase): void {
  const { table } = old;
  const oldName = (kind: string): string => `${kind}-old:${table.name}`;
  const kinds = baseKinds(table);
  forgetPages(db, table.name);
  for (const kind of kinds) {
    const now = workTable("state", kind, table.name);
    db.exec(`ALTER TABLE ${now} RENAME TO ${quoteName(oldName(kind))}`);
  }
  createBase(db, "state", table);
  for (const kind of kinds) {
    const from = `state.${quoteName(oldName(kind))}`;
    carryOver(db, old, { kind, from, into: workTable("state", kind, table.name) });
    db.exec(`DROP TABLE ${from}`);
  }
}

/** The same into temporary tables, for a run that must not write to the state. */
export function migrateForLook(db: Database.Database, old: OldBase): void {
  const { table } = old;
  createBase(db, "temp", table);
  for (const kind of baseKinds(table)) {
    const [from, into] = ["state", "temp"].map((schema) => workTable(schema, kind, table.name));
    carryOver(db, old, { kind, from: from ?? "", into: into ?? "" });
  }
  if (table.key.length === 0) return;
  createWritten(db, "temp", table);
  // Of columns that came since there is nothing to be said, as in the state when it gets them.
  const columns = writtenColumns(db, "state", table)
    .filter((name) => writtenColumns(db, "temp", table).some((one) => isSameName(one, name)))
    .map((name) => quoteName(name))
    .join(", ");
  const [from, into] = ["state", "temp"].map((schema) => workTable(schema, "written", table.name));
  db.exec(`INSERT INTO ${into} (${columns}) SELECT ${columns} FROM ${from}`);
}

function writtenColumns(db: Database.Database, schema: string, { name }: Table): string[] {
  const sql = "SELECT name FROM pragma_table_info(?, ?)";
  return db.prepare(sql).pluck().all(`written:${name}`, schema) as string[];
}

interface Move {
  readonly kind: "base" | "bag";
  readonly from: string;
  readonly into: string;
}

function carryOver(db: Database.Database, old: OldBase, { kind, from, into }: Move): void {
  const { table, both } = old;
  const values = table.columns.map((column) => newColumnValue(db, old, { column, kind }));
  const extra = kind === "bag" ? [C.count] : [];
  const columns = [...table.columns.map(({ name }) => quoteName(name)), ...extra];
  const sides = [
    ["x", both.a.all],
    ["y", both.b.all],
  ] as const;
  const joins = sides.map(
    ([alias, rows]) => `LEFT JOIN ${rows} AS ${alias} ON ${keyMatches(table, alias, "o")}`,
  );
  db.exec(`INSERT INTO ${into} (${columns.join(", ")})
    SELECT ${[...values, ...extra.map((name) => `o.${name}`)].join(", ")} FROM ${from} AS o ${kind === "bag" ? "" : joins.join(" ")}`);
}

/** Images and former values outlive any change of the schema: they only ever gain columns. */
export function addMissingColumns(
  db: Database.Database,
  kind: "kept" | "written",
  table: Table,
): void {
  const present = db
    .prepare("SELECT name FROM pragma_table_info(?, 'state')")
    .pluck()
    .all(`${kind}:${table.name}`) as string[];
  if (present.length === 0) return;
  const missing = table.columns.filter(({ name }) => !present.some((one) => isSameName(one, name)));
  for (const column of missing) {
    db.exec(
      `ALTER TABLE ${workTable("state", kind, table.name)} ADD COLUMN ${columnDefinitions({ ...table, columns: [column] })}`,
    );
  }
}
