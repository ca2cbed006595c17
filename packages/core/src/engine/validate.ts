import { refuseUnknown } from "./choose-tables.ts";
import type Database from "better-sqlite3";
import { SyncError, isSyncError } from "@sync/model";
import type {
  ForeignKeyViolations,
  ValidateReport,
  ValidatedSide,
  ValidatedTable,
} from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { contentDigest } from "../sqlite/diff/content-digest.ts";
import { isDamageError, toSyncError } from "../sqlite/errors.ts";
import { findDatabase, refuseSameFile } from "../sqlite/files.ts";
import { isSameName } from "../sqlite/identifier.ts";
import { compareSchemas } from "../sqlite/schema/compare-schemas.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { statementErrorMessage } from "../sqlite/schema/statement-error.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import { throwIfCancelled } from "./compare.ts";
import type { DiffOptions } from "./compare.ts";

/** A database as found, and its schema where that could be read. */
interface Finding {
  readonly side: ValidatedSide;
  readonly schema: Schema | null;
}

/** More messages than this say nothing new, and a ruined file has no end of them. */
const MOST_MESSAGES = 100;

/**
 * Checks one database, or two and whether they hold the same: SQLite's own integrity check, foreign keys,
 * and each table's rows and content digest. Equal digests mean equal content (DESIGN §5). Only reads. A
 * damaged file is a finding, not an error, as long as SQLite can open it.
 *
 * @param paths - one or two databases
 * @returns `ok`: nothing was found; of two databases, also that they do not differ
 * @throws SyncError SYNC_USAGE for another number of paths, SYNC_DB_MISSING, SYNC_SAME_FILE,
 *   SYNC_NOT_A_DATABASE, SYNC_LOCKED and what else keeps a file from being opened; SYNC_CANCELLED
 */
export function validateDatabases(
  paths: readonly string[],
  options: DiffOptions = {},
): ValidateReport {
  const [first, second, ...rest] = paths.map((path) => findDatabase(path, { write: false }));
  if (first === undefined || rest.length > 0) {
    throw new SyncError("SYNC_USAGE", "`validate` takes one database or two.");
  }
  if (second !== undefined) refuseSameFile(first, second);
  const findings = paths.map((path) => inspect(path, options));
  refuseUnknownTables(findings, options.tables ?? []);
  const [a, b] = findings;
  const differences = a === undefined || b === undefined ? [] : differencesOf(a, b, options.tables);
  const sides = findings.map(({ side }) => side);
  const isSound = sides.every(
    (side) => side.integrity.length === 0 && side.foreignKeys.length === 0,
  );
  const ok = isSound && differences.length === 0;
  return { schemaVersion: 1, command: "validate", ok, sides, differences };
}

/** A damaged file may hide its tables: then no name is known to be wrong. */
function refuseUnknownTables(findings: readonly Finding[], wanted: readonly string[]): void {
  const [a, b = a] = findings.map(({ schema }) => schema);
  if (a !== undefined && a !== null && b !== undefined && b !== null) refuseUnknown(a, b, wanted);
}

function inspect(path: string, options: DiffOptions): Finding {
  const integrity: string[] = [];
  let db: Database.Database | null = null;
  try {
    db = openAttached(
      { a: findDatabase(path, { write: false }) },
      true,
      options.busyTimeoutMs ?? 5000,
    );
    return inspectOpen(db, path, integrity, options);
  } catch (error) {
    const failure = toSyncError(error, path);
    if (failure.code !== "SYNC_CORRUPT") throw failure;
    integrity.push(damageOf(error));
    return { side: { db: path, integrity, foreignKeys: [], tables: [] }, schema: null };
  } finally {
    db?.close();
  }
}

/** Whatever can still be read of a database, all of it as it was at one moment. */
function inspectOpen(
  db: Database.Database,
  path: string,
  integrity: string[],
  options: DiffOptions,
): Finding {
  db.exec("BEGIN");
  checkIntegrity(db, integrity);
  const schema = readSchema(db, "a");
  const foreignKeys: ForeignKeyViolations[] = [];
  const tables: ValidatedTable[] = [];
  const isChosen = (name: string): boolean =>
    options.tables === undefined || options.tables.some((one) => isSameName(one, name));
  for (const table of schema.tables.filter(({ name }) => isChosen(name))) {
    throwIfCancelled(options);
    options.onProgress?.({ phase: "verify", table: table.name, done: 0, total: 0 });
    const read = (what: string, act: () => void): void =>
      noteDamage(integrity, `${what} of table ${table.name}`, act);
    read("the foreign keys", () => foreignKeys.push(...violationsOf(db, table)));
    read("the rows", () => {
      tables.push({ table: table.name, ...contentDigest(db, "a", table, schema.encoding) });
    });
  }
  return { side: { db: path, integrity, foreignKeys, tables }, schema };
}

/** SQLite may find so much damage that the check itself fails: then what it said before still stands. */
function checkIntegrity(db: Database.Database, integrity: string[]): void {
  const check = db.prepare(`PRAGMA a.integrity_check(${MOST_MESSAGES})`).pluck();
  noteDamage(integrity, "the rest", () => {
    for (const message of check.iterate()) {
      if (message !== "ok") integrity.push(String(message));
    }
  });
}

/** Damage, and what SQLite refuses to evaluate, are findings; a lock or a full disk is not. */
function noteDamage(integrity: string[], what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isDamageError(error) && statementErrorMessage(error) === null) throw error;
    integrity.push(`${what} cannot be read: ${damageOf(error)}`);
  }
}

function damageOf(error: unknown): string {
  const cause = isSyncError(error) ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function violationsOf(db: Database.Database, table: Table): ForeignKeyViolations[] {
  if (table.foreignKeys.length === 0) return [];
  return db
    .prepare(
      `SELECT "table", parent, count(*) AS rows FROM pragma_foreign_key_check(?, 'a')
       GROUP BY "table", parent ORDER BY "table", parent`,
    )
    .all(table.name) as ForeignKeyViolations[];
}

/** What two databases do not have in common, in words: schema first, then rows, then contents. */
function differencesOf(a: Finding, b: Finding, chosen: readonly string[] | undefined): string[] {
  const all = a.schema === null || b.schema === null ? [] : compareSchemas(a.schema, b.schema);
  const schemas = all.filter(
    ({ table }) =>
      table === null || chosen === undefined || chosen.some((one) => isSameName(one, table)),
  );
  const contents = a.side.tables.flatMap((table) => {
    const other = b.side.tables.find((one) => isSameName(one.table, table.table));
    return other === undefined ? [] : contentDifference(table, other);
  });
  return [...schemas.map(({ message }) => message), ...contents];
}

function contentDifference(a: ValidatedTable, b: ValidatedTable): string[] {
  if (a.rows !== b.rows) return [`table \`${a.table}\` has ${a.rows} rows in a and ${b.rows} in b`];
  if (a.digest === b.digest) return [];
  return [`table \`${a.table}\` has ${a.rows} rows on both sides, but not the same ones`];
}
