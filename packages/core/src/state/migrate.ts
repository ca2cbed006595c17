import type Database from "better-sqlite3";
import { keyMatches, qualified, valuesDiffer } from "../sqlite/expressions.ts";
import { isSameName, quoteName } from "../sqlite/identifier.ts";
import type { Column, Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, columnDefinitions, workTable } from "../sqlite/shape.ts";
import type { BothTables } from "../sqlite/projection/views.ts";
import { baseKinds, createBase } from "./tables.ts";

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

/**
 * Carries a table's base over to new columns. What a new column held when both sides last agreed is
 * what they agree on now, else its default: so a value that one side has filled in since is an edit.
 */
export function migrateBase(
  db: Database.Database,
  table: Table,
  known: KnownShape,
  both: BothTables | null,
): void {
  if (both === null) throw new Error(`${table.name} is not on both sides`);
  const kinds = baseKinds(table);
  for (const kind of kinds) {
    const old = `${kind}-old:${table.name}`;
    db.exec(`ALTER TABLE ${workTable("state", kind, table.name)} RENAME TO ${quoteName(old)}`);
  }
  createBase(db, "state", table);
  for (const kind of kinds) {
    const old = `state.${quoteName(`${kind}-old:${table.name}`)}`;
    const values = table.columns.map((column) => valueOf(db, table, column, { known, kind, both }));
    const extra = kind === "bag" ? [C.count, `o.${C.count}`] : null;
    const columns = [
      ...table.columns.map(({ name }) => quoteName(name)),
      ...(extra === null ? [] : [extra[0]]),
    ];
    const joins =
      kind === "bag"
        ? ""
        : ["x", "y"]
            .map(
              (alias, index) =>
                `LEFT JOIN ${both[index === 0 ? "a" : "b"].all} AS ${alias} ON ${keyMatches(table, alias, "o")}`,
            )
            .join(" ");
    db.exec(`INSERT INTO ${workTable("state", kind, table.name)} (${columns.join(", ")})
      SELECT ${[...values, ...(extra === null ? [] : [extra[1]])].join(", ")} FROM ${old} AS o ${joins}`);
    db.exec(`DROP TABLE ${old}`);
  }
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

function valueOf(
  db: Database.Database,
  table: Table,
  column: Column,
  { known, kind, both: sides }: { known: KnownShape; kind: string; both: BothTables },
): string {
  if (known.columns.some(([name]) => isSameName(name, column.name)))
    return qualified(column.name, "o");
  const byDefault = db
    .prepare("SELECT dflt_value FROM pragma_table_xinfo(?, 'a') WHERE name = ? COLLATE NOCASE")
    .pluck()
    .get(sides.a.stored.name, storedName(sides.a, column.name)) as string | null | undefined;
  const value = `(${byDefault ?? "NULL"})`;
  if (kind === "bag") return value;
  const [x, y] = [qualified(column.name, "x"), qualified(column.name, "y")];
  const both = table.key
    .slice(0, 1)
    .map(
      ({ name }) => `${qualified(name, "x")} IS NOT NULL AND ${qualified(name, "y")} IS NOT NULL`,
    )
    .join("");
  return `CASE WHEN ${both} AND NOT ${valuesDiffer(column, x, y)} THEN ${x} ELSE ${value} END`;
}

function storedName({ columns }: BothTables["a"], common: string): string {
  const found = columns.find(({ name }) => isSameName(name, common));
  return found?.type === "stored" ? found.stored : common;
}
