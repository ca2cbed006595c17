import type Database from "better-sqlite3";
import { isSameName, quoteName } from "../identifier.ts";
import { statementErrorMessage } from "./statement-error.ts";
import type { LeftOut, Table } from "./types.ts";

/**
 * Says what a table needs that is not here (a collation, a function, a module), before anything is
 * written: compiles, but never runs, an INSERT, an UPDATE, a DELETE and a read by key. A compiled write
 * brings in everything that would take part: indexes, CHECKs, generated columns and triggers, those of
 * the tables that triggers write to included. (So a trigger that the run would suppress counts, too.)
 * Takes no lock but that of reading the schema.
 *
 * @returns `null` if all of them compile
 * @throws SqliteError what is wrong with the file rather than with the table: locked, damaged
 */
export function findUnsupported(
  db: Database.Database,
  schemaName: string,
  table: Table,
): LeftOut | null {
  for (const statement of statementsFor(schemaName, table)) {
    const message = compileError(db, statement);
    if (message !== null && !isForeignKeyError(message, table)) {
      return { table: table.name, reason: reasonOf(message, table), severity: "unsupported" };
    }
  }
  return null;
}

function statementsFor(schemaName: string, table: Table): readonly string[] {
  const target = `${quoteName(schemaName)}.${quoteName(table.name)}`;
  const columns = table.columns.map(({ name }) => quoteName(name));
  const conditions = table.key.map(
    ({ name, collation }) => `${quoteName(name)} IS ? COLLATE ${quoteName(collation)}`,
  );
  const where = conditions.length > 0 ? conditions.join(" AND ") : "0";
  return [
    `INSERT INTO ${target} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    `UPDATE ${target} SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE ${where}`,
    `DELETE FROM ${target} WHERE ${where}`,
    `SELECT ${columns.join(", ")} FROM ${target} WHERE ${where}`,
    // In a file opened read-only (a dry run) SQLite drops CHECKs, so that the writes do not bring them in.
    ...table.checks.map((check) => `SELECT 1 FROM ${target} WHERE (${check})`),
  ];
}

/** SQLite's message if a statement does not compile. With EXPLAIN in front it could not write even if it ran. */
function compileError(db: Database.Database, statement: string): string | null {
  try {
    db.prepare(`EXPLAIN ${statement}`);
    return null;
  } catch (error) {
    const message = statementErrorMessage(error);
    if (message !== null) return message;
    throw error;
  }
}

/**
 * With `PRAGMA foreign_keys` on, writes do not compile where a parent is missing or has no fitting key.
 * Syncing switches the pragma off, so these say nothing about it.
 */
function isForeignKeyError(message: string, { foreignKeys }: Table): boolean {
  if (message.startsWith("foreign key mismatch")) return true;
  const missing = /^no such table: (?:[^.]*\.)?(.*)$/.exec(message)?.[1];
  return (
    missing !== undefined && foreignKeys.some(({ parentTable }) => isSameName(parentTable, missing))
  );
}

const MISSING: readonly { readonly pattern: RegExp; readonly kind: string }[] = [
  { pattern: /^no such collation sequence: (.*)$/, kind: "collation" },
  { pattern: /^no such function: (.*)$/, kind: "function" },
  { pattern: /^unknown function: (.*)\(\)$/, kind: "function" },
  { pattern: /^no such module: (.*)$/, kind: "module" },
];

function reasonOf(message: string, table: Table): string {
  for (const { pattern, kind } of MISSING) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined)
      return `it needs the ${kind} ${name}${placeOf(name, table)}, which is not here`;
  }
  const text = /^no such column: (".*") - should this be a string literal/.exec(message)?.[1];
  if (text !== undefined) {
    return `${text}${placeOf(text, table)} is neither a column nor, by today's rules, a text: texts are written in single quotes`;
  }
  return `a write to it does not compile: ${message}`;
}

/** Which trigger speaks of it, where one of the table's own does. */
function placeOf(name: string, { triggers }: Table): string {
  const trigger = triggers.find(({ sql }) => sql.includes(name));
  return trigger === undefined ? "" : ` in its trigger ${trigger.name}`;
}
