import { isSameName } from "../identifier.ts";
import { ftsOption, parseVirtual } from "./parse-virtual.ts";
import type { VirtualText } from "./parse-virtual.ts";
import { columnRows } from "./pragmas.ts";
import type { ColumnRow, TableEntry } from "./pragmas.ts";
import type { SchemaReader } from "./read-table.ts";
import { statementErrorMessage } from "./statement-error.ts";
import type { Affinity, Column, DerivedTable, LeftOut, Table } from "./types.ts";

/** What a virtual table turns out to be. */
export type VirtualReading =
  | { readonly type: "table"; readonly table: Table }
  | { readonly type: "derived"; readonly derived: DerivedTable }
  | { readonly type: "left-out"; readonly leftOut: LeftOut; readonly isModuleMissing: boolean };

// Modules that only show what other tables hold (https://www.sqlite.org/vtablist.html).
const READ_ONLY_MODULES: readonly string[] = [
  "fts5vocab",
  "fts4aux",
  "fts3tokenize",
  "dbstat",
  "sqlite_dbpage",
  "bytecode",
];

/** Decides by DESIGN §5 whether a virtual table's rows are synced, follow other tables, or stay out. */
export function readVirtual(reader: SchemaReader, entry: TableEntry): VirtualReading {
  const text = parseVirtual(entry.sql);
  if (READ_ONLY_MODULES.includes(text.module)) {
    return leftOut(entry, "notice", `it only shows what other tables hold (module ${text.module})`);
  }
  const rows = virtualColumns(reader, entry);
  if (typeof rows === "string") return unreadable(entry, text, rows);
  if (!text.module.startsWith("rtree") && rows.some((row) => isSameName(row.name, "rowid"))) {
    return leftOut(
      entry,
      "unsupported",
      "its column rowid hides the rowid, by which its rows would be known",
    );
  }
  switch (text.module) {
    case "fts3":
    case "fts4":
    case "fts5":
      return readFts(reader, entry, text, rows);
    case "rtree":
    case "rtree_i32":
    case "geopoly":
      return (
        derivedByTriggers(reader, entry, text) ?? {
          type: "table",
          table: spatialTable(entry, text, rows),
        }
      );
    default:
      return leftOut(
        entry,
        "unsupported",
        `virtual tables of the module ${text.module} cannot be synced`,
      );
  }
}

/** The columns, or SQLite's message why there are none: the module is not here, or refuses its arguments. */
function virtualColumns(
  { db, schemaName }: SchemaReader,
  entry: TableEntry,
): readonly ColumnRow[] | string {
  try {
    return columnRows(db, schemaName, entry.name);
  } catch (error) {
    const message = statementErrorMessage(error);
    if (message === null) throw error;
    return message;
  }
}

function unreadable(entry: TableEntry, { module }: VirtualText, message: string): VirtualReading {
  return message.startsWith("no such module")
    ? leftOut(entry, "unsupported", `it needs the module ${module}, which is not here`, true)
    : leftOut(entry, "unsupported", `its module ${module} cannot open it: ${message}`);
}

function readFts(
  reader: SchemaReader,
  entry: TableEntry,
  text: VirtualText,
  rows: readonly ColumnRow[],
): VirtualReading {
  // FTS3 has no options of this kind: `content=x` would be a column there.
  const content = text.module === "fts3" ? null : ftsOption(text, "content");
  const derived = derivedByTriggers(reader, entry, text);
  if (content === null) return derived ?? { type: "table", table: ftsTable(entry, text, rows) };
  if (content === "") {
    return (
      derived ??
      leftOut(entry, "notice", "it is a full-text index without content: there are no rows to read")
    );
  }
  const name = reader.contentNames.find((one) => isSameName(one, content));
  if (name === undefined)
    return leftOut(entry, "notice", `it indexes ${content}, which does not exist`);
  const fedByTriggers = derived !== null;
  return {
    type: "derived",
    derived: {
      name: entry.name,
      module: text.module,
      fedByTriggers,
      content: name,
      canRebuild: true,
    },
  };
}

function derivedByTriggers(
  { triggers }: SchemaReader,
  { name }: TableEntry,
  { module }: VirtualText,
): { readonly type: "derived"; readonly derived: DerivedTable } | null {
  const content = triggers.feeding(name)[0];
  if (content === undefined) return null;
  return {
    type: "derived",
    derived: { name, module, fedByTriggers: true, content, canRebuild: false },
  };
}

function ftsTable(entry: TableEntry, text: VirtualText, rows: readonly ColumnRow[]): Table {
  const languageId = text.module === "fts4" ? ftsOption(text, "languageid") : null;
  // A language id is a hidden column that holds data of the user's.
  const visible = rows.filter(
    (row) => row.hidden === 0 || (languageId !== null && isSameName(row.name, languageId)),
  );
  return virtualTable(entry, [
    rowidColumn("rowid"),
    ...visible.map((row) => plainColumn(row.name, "BLOB", "any")),
  ]);
}

function spatialTable(
  entry: TableEntry,
  { module, args }: VirtualText,
  rows: readonly ColumnRow[],
): Table {
  if (module === "geopoly") {
    return virtualTable(entry, [
      rowidColumn("rowid"),
      ...rows.map((row) => plainColumn(row.name, "BLOB", "any")),
    ]);
  }
  // `+note` declares a column that is stored beside the index, of any type.
  const coordinateAffinity = module === "rtree" ? "REAL" : "INTEGER";
  const columns = rows.map((row, place) => {
    if (place === 0) return rowidColumn(row.name);
    const isAuxiliary = args[place]?.[0]?.text === "+";
    return isAuxiliary
      ? plainColumn(row.name, "BLOB", "any")
      : plainColumn(row.name, coordinateAffinity, "never");
  });
  return virtualTable(entry, columns);
}

function rowidColumn(name: string): Column {
  return { ...plainColumn(name, "INTEGER", "never"), notNull: true };
}

function plainColumn(
  name: string,
  affinity: Affinity,
  mixedClasses: Column["mixedClasses"],
): Column {
  return { name, affinity, collation: "BINARY", notNull: false, definition: "", mixedClasses };
}

/** A table whose first column is its rowid. */
function virtualTable(entry: TableEntry, columns: readonly Column[]): Table {
  return {
    name: entry.name,
    kind: "virtual",
    strict: false,
    autoincrement: false,
    columns,
    generated: [],
    checks: [],
    key: columns.slice(0, 1).map(({ name }) => ({ name, collation: "BINARY" })),
    keyIsRowid: true,
    nullableKey: false,
    rowidName: null,
    uniqueIndexes: [],
    foreignKeys: [],
    triggers: [],
    conflictClause: false,
    conflictClauses: [],
    sql: entry.sql,
  };
}

function leftOut(
  { name }: TableEntry,
  severity: LeftOut["severity"],
  reason: string,
  isModuleMissing = false,
): VirtualReading {
  return { type: "left-out", leftOut: { table: name, reason, severity }, isModuleMissing };
}
