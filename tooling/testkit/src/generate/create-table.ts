import { quoteName, quoteNames } from "../quote.ts";
import { keyPart } from "./keys.ts";
import type { KeyPart } from "./keys.ts";
import { columnNames, tableName } from "./names.ts";
import type { ColumnSpec, TableSpec } from "./spec.ts";
import { valueColumns } from "./table.ts";
import type { Column, ForeignKey, Table } from "./table.ts";
import type { Pool } from "./values.ts";

/** A table, the reference it holds, and the statements that make it. */
export interface BuiltTable {
  readonly table: Table;
  readonly spec: TableSpec;
  readonly foreignKey: ForeignKey | null;
  readonly sql: readonly string[];
}

const TYPES: readonly (readonly [type: string, pool: Pool])[] = [
  ["TEXT", "mostly-text"],
  ["INTEGER", "mostly-integer"],
  ["", "any"],
  ["REAL", "mostly-real"],
  ["NUMERIC", "any"],
  ["BLOB", "any"],
  ["VARCHAR(20)", "mostly-text"],
  ["DECIMAL(10,2)", "mostly-real"],
  ["BOOLEAN", "mostly-integer"],
];

const STRICT_TYPES: readonly (readonly [type: string, pool: Pool])[] = [
  ["TEXT", "text"],
  ["INTEGER", "integer"],
  ["ANY", "any"],
  ["REAL", "real"],
  ["BLOB", "blob"],
  ["INT", "integer"],
];

interface Draft {
  readonly spec: TableSpec;
  readonly key: KeyPart;
  readonly table: Table;
}

/** Builds every table; references may point at any of them, itself and later ones included. */
export function buildTables(specs: readonly TableSpec[]): BuiltTable[] {
  const drafts = specs.map((spec, index) => draftTable(spec, index));
  return drafts.map((draft) => {
    const foreignKey = foreignKeyOf(draft, drafts);
    const table = foreignKey === null ? draft.table : withReference(draft, foreignKey);
    return {
      table,
      spec: draft.spec,
      foreignKey,
      sql: [createTable(draft, table, foreignKey), ...createIndex(draft.spec, table)],
    };
  });
}

function draftTable(spec: TableSpec, index: number): Draft {
  const key = keyPart(spec.key, spec.strict, spec.keyOnConflict);
  const taken = ["id", "k1", "k2", "fk1", "fk2", "generated", "version", "updated_at"];
  const names = columnNames(
    spec.columns.map((column) => column.name),
    taken,
  );
  const table: Table = {
    name: tableName(spec.name, index),
    kind: "table",
    columns: [
      ...key.columns,
      ...spec.columns.map((column, at) => valueColumn(column, names[at] ?? "c", spec.strict)),
      ...(spec.trigger === "version" ? [versionColumn()] : []),
      ...(spec.timestamp ? [timestampColumn(spec.strict)] : []),
    ],
    keyColumns: key.columns.map((column) => column.name),
    withoutRowid: key.withoutRowid,
  };
  return { spec, key, table };
}

function valueColumn(spec: ColumnSpec, name: string, strict: boolean): Column {
  const types = strict ? STRICT_TYPES : TYPES;
  const [type, pool] = types[spec.type % types.length] ?? ["TEXT", "text"];
  const clause = spec.onConflict === "" ? "" : ` ON CONFLICT ${spec.onConflict}`;
  const definition = [
    type,
    spec.collation === "BINARY" ? "" : `COLLATE ${spec.collation}`,
    spec.notNull ? `NOT NULL${clause} DEFAULT ${defaultOf(type)}` : "",
    spec.unique ? `UNIQUE${clause}` : "",
  ];
  return {
    name,
    definition: definition.filter((part) => part !== "").join(" "),
    pool,
    role: "value",
    type,
    nullable: !spec.notNull,
    unique: spec.unique,
  };
}

function defaultOf(type: string): string {
  if (type === "BLOB") return "X'dd'";
  if (type.startsWith("INT") || type === "BOOLEAN") return "42";
  return type === "REAL" ? "4.25" : "'default'";
}

function versionColumn(): Column {
  const definition = "INTEGER NOT NULL DEFAULT 0";
  return plainColumn("version", definition, "integer");
}

function timestampColumn(strict: boolean): Column {
  return plainColumn("updated_at", strict ? "ANY" : "", "timestamp");
}

function plainColumn(name: string, definition: string, pool: Pool): Column {
  const role = pool === "timestamp" ? "timestamp" : "value";
  const type = definition.split(" ")[0] ?? "";
  return { name, definition, pool, role, type, nullable: role === "timestamp", unique: false };
}

function foreignKeyOf(draft: Draft, drafts: readonly Draft[]): ForeignKey | null {
  const wanted = draft.spec.foreignKey;
  const parent = wanted === null ? undefined : drafts[wanted.target % drafts.length];
  if (parent === undefined || !parent.key.referable) return null;
  return { columns: parent.table.keyColumns.map((_, at) => `fk${at + 1}`), parent: parent.table };
}

function withReference(draft: Draft, foreignKey: ForeignKey): Table {
  const columns = foreignKey.columns.map((name, at): Column => {
    const target = foreignKey.parent.columns[at];
    const declared = target?.type ?? "";
    // A column of no type in the parent is ANY in a STRICT child.
    const type = draft.spec.strict && declared === "" ? "ANY" : declared === "ANY" ? "" : declared;
    return {
      name,
      definition: draft.spec.strict && declared === "ANY" ? "ANY" : type,
      pool: target?.pool ?? "any",
      role: "foreign-key",
      type,
      nullable: true,
      unique: false,
    };
  });
  return { ...draft.table, columns: [...draft.table.columns, ...columns] };
}

function createTable(draft: Draft, table: Table, foreignKey: ForeignKey | null): string {
  const { spec, key } = draft;
  const parts = [
    ...table.columns.map((column) => `${quoteName(column.name)} ${column.definition}`.trimEnd()),
    ...generatedColumn(spec, table),
    ...checks(spec, table),
    ...(key.constraint === "" ? [] : [key.constraint]),
    ...(foreignKey === null ? [] : [reference(spec, foreignKey)]),
    // A table needs a column.
    ...(table.columns.length === 0 ? ["only ANY"] : []),
  ];
  const options = [spec.strict ? "STRICT" : "", key.withoutRowid ? "WITHOUT ROWID" : ""];
  const tail = options.filter((option) => option !== "").join(", ");
  return `CREATE TABLE ${quoteName(table.name)} (\n  ${parts.join(",\n  ")}\n) ${tail}`.trimEnd();
}

function generatedColumn(spec: TableSpec, table: Table): string[] {
  const source = valueColumns(table)[0];
  if (spec.generated === "none" || source === undefined) return [];
  const name = quoteName(source.name);
  const kind = spec.generated.toUpperCase();
  return [
    `generated TEXT GENERATED ALWAYS AS (typeof(${name}) || coalesce(length(${name}), 0)) ${kind}`,
  ];
}

/** Conditions that most values meet; `cross` can be broken by merging two rows that both meet it. */
function checks(spec: TableSpec, table: Table): string[] {
  const [first, second] = valueColumns(table).map((column) => quoteName(column.name));
  if (spec.check === "none" || first === undefined) return [];
  if (spec.check === "value" || second === undefined) return [`CHECK (${first} IS NOT 13)`];
  return [`CHECK (typeof(${first}) <> typeof(${second}) OR ${first} IS NOT ${second})`];
}

function reference(spec: TableSpec, foreignKey: ForeignKey): string {
  const { onDelete, onUpdate, deferred } = spec.foreignKey ?? {
    onDelete: "NO ACTION",
    onUpdate: "NO ACTION",
    deferred: false,
  };
  return [
    `FOREIGN KEY (${quoteNames(foreignKey.columns)})`,
    `REFERENCES ${quoteName(foreignKey.parent.name)} (${quoteNames(foreignKey.parent.keyColumns)})`,
    `ON DELETE ${onDelete} ON UPDATE ${onUpdate}`,
    deferred ? "DEFERRABLE INITIALLY DEFERRED" : "",
  ]
    .join(" ")
    .trimEnd();
}

function createIndex(spec: TableSpec, table: Table): string[] {
  const [first, second] = valueColumns(table).map((column) => quoteName(column.name));
  if (spec.index === "none" || first === undefined) return [];
  const on = (columns: string): string => `ON ${quoteName(table.name)} (${columns})`;
  const name = quoteName(`${table.name} index`);
  switch (spec.index) {
    case "plain":
      return [`CREATE INDEX ${name} ${on(first)}`];
    case "unique":
      return [
        `CREATE UNIQUE INDEX ${name} ${on(second === undefined ? first : `${first}, ${second}`)}`,
      ];
    case "partial":
      return [`CREATE UNIQUE INDEX ${name} ${on(first)} WHERE ${second ?? first} IS NOT NULL`];
    case "expression":
      return [`CREATE UNIQUE INDEX ${name} ${on(`lower(${first})`)}`];
  }
}
