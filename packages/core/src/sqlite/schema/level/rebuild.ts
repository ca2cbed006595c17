import { foldName, isSameName, quoteName, quoteText } from "../../identifier.ts";
import { addColumn } from "../add-column.ts";
import type { SchemaObject, WholeSchema } from "../read-whole-schema.ts";
import { isKeyword } from "../tokens.ts";
import { tokenize } from "../tokenizer.ts";
import type { Column, GeneratedColumn, Table } from "../types.ts";

/** A table of the side to be changed, the other side's, and what is going to be added before. */
export interface Rebuilding {
  readonly from: Table;
  readonly to: Table;
  readonly whole: WholeSchema;
  /** Indexes and triggers that go with the old table and are made again, with those that were just created. */
  readonly created: readonly string[];
  /** Columns that an `ALTER TABLE` before has added, folded. */
  readonly added: ReadonlySet<string>;
}

/**
 * The statements that make a table anew by the other side's definition and bring its rows along
 * (https://www.sqlite.org/lang_altertable.html#otheralter). Columns that only this side has stay. Advice:
 * what to put where the other definition asks for more than the rows have, a person must say.
 */
export function rebuildSql(work: Rebuilding): { readonly sql: string[]; readonly note: string } {
  const { from, to, whole } = work;
  const fresh = freeName(whole, `${to.name}_new`);
  const kept = ownColumns(to, from).map((column) => ({
    column,
    added: addColumn(fresh, column, { hasRows: false }),
  }));
  const lost = kept
    .filter(({ added }) => added.type === "refused")
    .map(({ column }) => column.name);
  return {
    sql: [
      "PRAGMA foreign_keys = OFF",
      // Otherwise views and triggers that name the table would be in the way of its renaming.
      "PRAGMA legacy_alter_table = ON",
      "BEGIN IMMEDIATE",
      underName(from.sql, fresh),
      ...kept.flatMap(({ added }) => (added.type === "added" ? [added.sql] : [])),
      copySql(work, fresh, lost),
      ...(from.autoincrement && to.autoincrement ? sequenceSql(to.name, fresh) : []),
      `DROP TABLE ${quoteName(to.name)}`,
      `ALTER TABLE ${quoteName(fresh)} RENAME TO ${quoteName(to.name)}`,
      ...ownedSql(whole, to.name),
      ...work.created,
      "PRAGMA foreign_key_check",
      "COMMIT",
      "PRAGMA legacy_alter_table = OFF",
    ],
    note:
      lost.length === 0
        ? ""
        : `Without ${lost.join(", ")}: SQLite adds no such column; put it into the new table's definition by hand.`,
  };
}

function ownColumns(to: Table, from: Table): (Column | GeneratedColumn)[] {
  const others = [...from.columns, ...from.generated];
  return [...to.columns, ...to.generated].filter(
    ({ name }) => !others.some((other) => isSameName(other.name, name)),
  );
}

/** Every stored column that both have, with the rowid where it is not the key: a search index may lean on it. */
function copySql({ from, to, added }: Rebuilding, fresh: string, lost: readonly string[]): string {
  const isThere = ({ name }: Column): boolean =>
    to.columns.some((column) => isSameName(column.name, name)) || added.has(foldName(name));
  const own = to.columns.filter(
    ({ name }) =>
      !lost.includes(name) &&
      ![...from.columns, ...from.generated].some((other) => isSameName(other.name, name)),
  );
  const names = [...from.columns.filter(isThere), ...own].map(({ name }) => quoteName(name));
  const [target, source] = [from.rowidName, to.rowidName];
  const [into, select] =
    target === null || source === null
      ? [names, names]
      : [
          [target, ...names],
          [source, ...names],
        ];
  return `INSERT INTO ${quoteName(fresh)} (${into.join(", ")}) SELECT ${select.join(", ")} FROM ${quoteName(to.name)}`;
}

/** A key that was given out once is not given out again. */
function sequenceSql(name: string, fresh: string): string[] {
  return [
    `DELETE FROM sqlite_sequence WHERE name = ${quoteText(fresh)}`,
    `INSERT INTO sqlite_sequence (name, seq) SELECT ${quoteText(fresh)}, seq FROM sqlite_sequence WHERE name = ${quoteText(name)}`,
  ];
}

/** What is dropped with a table and does not come back by itself. */
function ownedSql({ objects }: WholeSchema, table: string): string[] {
  const isOwned = ({ type, table: name }: SchemaObject): boolean =>
    (type === "index" || type === "trigger") && isSameName(name, table);
  return objects.filter(isOwned).map(({ sql }) => sql);
}

/** A stored CREATE TABLE under another name. */
function underName(sql: string, name: string): string {
  const tokens = tokenize(sql);
  const at = tokens.findIndex((token) => isKeyword(token, "table")) + 1;
  const token = tokens[at];
  if (token === undefined) return sql;
  return `${sql.slice(0, token.start)}${quoteName(name)}${sql.slice(token.end)}`;
}

function freeName({ objects }: WholeSchema, wanted: string): string {
  let name = wanted;
  while (objects.some((one) => isSameName(one.name, name))) name += "_";
  return name;
}
