import type Database from "better-sqlite3";
import { quoteName } from "../identifier.ts";
import type { Column, Table } from "../schema/types.ts";
import { NOTED } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { columnNames } from "../rows.ts";
import { isText } from "./exact-value.ts";
import type { ExactValue, LiteralWriter } from "./exact-value.ts";
import { notedContents, notedKeys, notedRows } from "./read-differences.ts";
import type { NotedContent } from "./read-differences.ts";

/**
 * The statements that write the noted differences of all tables, one line each. All deletions come
 * first, so that unique values are free before any row takes them; each step is in the order of the
 * tables and their keys. Reads one row at a time.
 */
export function* patchTables(
  db: Database.Database,
  tables: readonly Compared[],
  writer: LiteralWriter,
): Generator<string> {
  for (const step of [deletions, updates, insertions]) {
    for (const compared of tables) yield* step(db, compared, writer);
  }
}

function* deletions(
  db: Database.Database,
  compared: Compared,
  writer: LiteralWriter,
): Generator<string> {
  const { table } = compared;
  const rows = notedRows(db, compared);
  const gone = `${NOTED.how} = '-' OR ${NOTED.replaced} = 1`;
  for (const { handle } of notedKeys(db, compared, gone)) {
    yield `DELETE FROM ${quoteName(table.name)} WHERE ${keyCondition(table, rows.row("a", handle), writer)};`;
  }
  for (const content of notedContents(db, compared, `${NOTED.countA} > 0`)) {
    if (content.countA < content.countB && table.rowidName !== null) continue;
    const condition = contentCondition(table, rows.content(content.handle), writer);
    yield `DELETE FROM ${quoteName(table.name)} WHERE ${surplusOf(table, content, condition)};`;
  }
}

/**
 * The rows of a content that are too many, first the one whose rowid `b` does not use for it. Without a
 * name for the rowid all copies go, and as many as there shall be come back.
 */
function surplusOf(table: Table, content: NotedContent, condition: string): string {
  if (table.rowidName === null) return condition;
  const [target, rowid] = [quoteName(table.name), quoteName(table.rowidName)];
  const order = `${rowid} = ${String(content.rowidA)} DESC, ${rowid} DESC LIMIT ${content.countA - content.countB}`;
  return `${rowid} IN (SELECT ${rowid} FROM ${target} WHERE ${condition} ORDER BY ${order})`;
}

function* updates(
  db: Database.Database,
  compared: Compared,
  writer: LiteralWriter,
): Generator<string> {
  const { table } = compared;
  const rows = notedRows(db, compared);
  const names = columnNames(table);
  for (const { handle } of notedKeys(
    db,
    compared,
    `${NOTED.how} = '~' AND ${NOTED.replaced} = 0`,
  )) {
    const changed = rows.changed(handle);
    const values = rows.row("b", handle);
    const assignments = names.flatMap((name, index) =>
      changed[index] === true
        ? [`${quoteName(name)} = ${writer.value(values[index] ?? null)}`]
        : [],
    );
    const where = keyCondition(table, rows.row("a", handle), writer);
    yield `UPDATE ${orAbort(table)}${quoteName(table.name)} SET ${assignments.join(", ")} WHERE ${where};`;
  }
}

/** Rows with a rowid of their own first: one that SQLite chooses must not be one that another row wants. */
function* insertions(
  db: Database.Database,
  compared: Compared,
  writer: LiteralWriter,
): Generator<string> {
  const { table } = compared;
  const rows = notedRows(db, compared);
  const added = `(${NOTED.how} = '+' OR ${NOTED.replaced} = 1)`;
  const missing = `${NOTED.countB} > ${table.rowidName === null ? "0" : NOTED.countA}`;
  for (const order of table.rowidName === null
    ? ["TRUE"]
    : [`${NOTED.place} IS NOT NULL`, `${NOTED.place} IS NULL`]) {
    for (const { handle, place } of notedKeys(db, compared, `${added} AND ${order}`)) {
      yield insertRow(table, rows.row("b", handle), place, writer);
    }
    for (const { handle, place, countA, countB } of notedContents(
      db,
      compared,
      `${missing} AND ${order}`,
    )) {
      const statement = insertRow(table, rows.content(handle), place, writer);
      const times = table.rowidName === null ? countB : countB - countA;
      for (let time = 0; time < times; time++) yield statement;
    }
  }
}

function insertRow(
  table: Table,
  values: readonly ExactValue[],
  place: bigint | null,
  writer: LiteralWriter,
): string {
  const names = columnNames(table).map(quoteName);
  const literals = values.map((value) => writer.value(value));
  if (place !== null && table.rowidName !== null) {
    names.unshift(quoteName(table.rowidName));
    literals.unshift(String(place));
  }
  return `INSERT ${orAbort(table)}INTO ${quoteName(table.name)} (${names.join(", ")}) VALUES (${literals.join(", ")});`;
}

/** `OR ABORT` overrides the table's own ON CONFLICT clauses, which would act without a word (SQLITE_NOTES 16). */
function orAbort({ conflictClause }: Table): string {
  return conflictClause ? "OR ABORT " : "";
}

/** Finds a row by its key, compared as the key's index compares. */
function keyCondition(table: Table, row: readonly ExactValue[], writer: LiteralWriter): string {
  return table.key
    .map(({ name, collation }) => {
      const index = table.columns.findIndex((column) => column.name === name);
      const column = table.columns[index];
      const value = row[index] ?? null;
      const equal = `${quoteName(name)} = ${writer.operand(value)}`;
      return column === undefined || !isText(value) || column.collation === collation
        ? equal
        : `${equal} COLLATE ${quoteName(collation)}`;
    })
    .join(" AND ");
}

/** Finds the rows that hold exactly this. */
function contentCondition(table: Table, row: readonly ExactValue[], writer: LiteralWriter): string {
  return table.columns
    .map((column, index) => isExactly(column, row[index] ?? null, writer))
    .join(" AND ");
}

function isExactly(
  { name, collation, mixedClasses }: Column,
  value: ExactValue,
  writer: LiteralWriter,
): string {
  const same = `${quoteName(name)} IS ${writer.operand(value)}`;
  if (isText(value)) return collation === "BINARY" ? same : `${same} COLLATE "BINARY"`;
  const mayMix =
    mixedClasses === "any" || (mixedClasses === "extreme" && Number(value) === -(2 ** 63));
  if (!mayMix || (typeof value !== "bigint" && typeof value !== "number")) return same;
  return `${same} AND typeof(${quoteName(name)}) = '${typeof value === "bigint" ? "integer" : "real"}'`;
}
