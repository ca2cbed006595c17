import { quoteName, quoteNames, quoteText } from "../quote.ts";
import type { BuiltTable } from "./create-table.ts";
import { valueColumns } from "./table.ts";

/** Tables that triggers of several tables write to; made once where one of them is needed. */
export const AUDIT_TABLE: string =
  "CREATE TABLE audit (tbl TEXT, operation TEXT, old_value, new_value)";
export const COUNTERS_TABLE: string =
  "CREATE TABLE counters (tbl TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID";

/** The statements behind a table's trigger kind; empty where the table has not what it needs. */
export function triggerSql(built: BuiltTable): string[] {
  switch (built.spec.trigger) {
    case "none":
      return [];
    case "audit":
      return audit(built);
    case "counter":
      return counter(built);
    case "fts":
      return ftsIndex(built);
    case "raise":
      return [refusal(built, "RAISE(ABORT, 'not allowed')")];
    case "ignore":
      return [refusal(built, "RAISE(IGNORE)")];
    case "version":
      return version(built);
  }
}

function audit({ table }: BuiltTable): string[] {
  const column = table.columns[0];
  if (column === undefined) return [];
  const value = (row: string): string => `${row}.${quoteName(column.name)}`;
  const log = (event: string, before: string, after: string): string =>
    `CREATE TRIGGER ${quoteName(`${table.name} ${event}`)} AFTER ${event} ON ${quoteName(table.name)} BEGIN
  INSERT INTO audit VALUES (${quoteText(table.name)}, '${event}', ${before}, ${after});
END`;
  return [
    log("INSERT", "NULL", value("NEW")),
    log("UPDATE", value("OLD"), value("NEW")),
    log("DELETE", value("OLD"), "NULL"),
  ];
}

function counter({ table }: BuiltTable): string[] {
  const name = quoteText(table.name);
  const count = (event: string, change: string): string =>
    `CREATE TRIGGER ${quoteName(`${table.name} count ${event}`)} AFTER ${event} ON ${quoteName(table.name)} BEGIN
  UPDATE counters SET n = n ${change} WHERE tbl = ${name};
END`;
  return [
    `INSERT INTO counters VALUES (${name}, 0)`,
    count("INSERT", "+ 1"),
    count("DELETE", "- 1"),
  ];
}

/** External content, kept by the three triggers of the FTS5 manual (section 4.4.3). */
function ftsIndex({ table, spec }: BuiltTable): string[] {
  const column = valueColumns(table).find((candidate) => candidate.name !== "rowid");
  if ((spec.key !== "integer" && spec.key !== "autoincrement") || column === undefined) return [];
  const [fts, name] = [quoteName(`${table.name} fts`), quoteName(column.name)];
  const add = `INSERT INTO ${fts}(rowid, ${name}) VALUES (NEW.id, NEW.${name});`;
  const remove = `INSERT INTO ${fts}(${fts}, rowid, ${name}) VALUES ('delete', OLD.id, OLD.${name});`;
  const on = (event: string, body: string): string =>
    `CREATE TRIGGER ${quoteName(`${table.name} fts ${event}`)} AFTER ${event} ON ${quoteName(table.name)} BEGIN
  ${body}
END`;
  return [
    `CREATE VIRTUAL TABLE ${fts} USING fts5(${name}, content=${quoteText(table.name)}, content_rowid='id')`,
    on("INSERT", add),
    on("DELETE", remove),
    on("UPDATE", `${remove}\n  ${add}`),
  ];
}

function refusal({ table }: BuiltTable, action: string): string {
  const column = table.columns.at(-1)?.name ?? "only";
  return `CREATE TRIGGER ${quoteName(`${table.name} guard`)} BEFORE INSERT ON ${quoteName(table.name)}
WHEN NEW.${quoteName(column)} IS 'forbidden' OR NEW.${quoteName(column)} IS 7 BEGIN
  SELECT ${action};
END`;
}

/** Changes the row that was just changed: fired twice, it would count twice. */
function version({ table }: BuiltTable): string[] {
  const key = table.keyColumns;
  if (key.length === 0) return [];
  const row = `(${quoteNames(key)}) IS (${key.map((name) => `NEW.${quoteName(name)}`).join(", ")})`;
  return [
    `CREATE TRIGGER ${quoteName(`${table.name} version`)} AFTER UPDATE ON ${quoteName(table.name)}
WHEN NEW.version IS OLD.version BEGIN
  UPDATE ${quoteName(table.name)} SET version = OLD.version + 1 WHERE ${row};
END`,
  ];
}
