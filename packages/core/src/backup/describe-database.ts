import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { isDamageError, toSyncError } from "../sqlite/errors.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { statementErrorMessage } from "../sqlite/schema/statement-error.ts";
import type { Manifest } from "./manifest.ts";

/** What a manifest says about a database's content. */
export type Description = Pick<
  Manifest,
  "pageSize" | "pages" | "encoding" | "schemaDigest" | "tables" | "problems"
>;

/** More messages than this say nothing new. */
const MOST_PROBLEMS = 20;

/**
 * Looks through a copy of ours that nobody else has open: SQLite's integrity check, its size, what
 * tables it has and how many rows. Damage is a finding.
 *
 * @throws SyncError SYNC_NOT_A_DATABASE for what SQLite cannot open at all
 */
export function describeDatabase(path: string, name: string): Description {
  const db = open(path, name);
  try {
    const problems = integrityOf(db);
    const number = (pragma: string): number => db.pragma(pragma, { simple: true }) as number;
    return {
      problems,
      pageSize: number("page_size"),
      pages: number("page_count"),
      encoding: String(db.pragma("encoding", { simple: true })),
      schemaDigest: orEmpty(() => schemaDigest(db)),
      tables: orNone(() => tablesOf(db)),
    };
  } catch (error) {
    throw toSyncError(error, name);
  } finally {
    db.close();
  }
}

/** Size and definitions only: whether what was written is what should have been. */
export function outlineOf(
  path: string,
  name: string,
): Pick<Description, "pages" | "schemaDigest" | "tables"> {
  const db = open(path, name);
  try {
    const pages = db.pragma("page_count", { simple: true }) as number;
    return { pages, schemaDigest: schemaDigest(db), tables: tablesOf(db) };
  } catch (error) {
    throw toSyncError(error, name);
  } finally {
    db.close();
  }
}

/** Makes one file of a copy: a database in WAL mode needs a second one beside it to be read. */
export function leaveWalMode(path: string): void {
  const db = new Database(path);
  try {
    db.pragma("journal_mode = DELETE");
  } catch (error) {
    // What is too damaged for that is kept as it is.
    if (!isDamageError(error)) throw toSyncError(error, path);
  } finally {
    db.close();
  }
}

function open(path: string, name: string): Database.Database {
  try {
    const db = new Database(path, { readonly: true });
    db.pragma("trusted_schema = OFF");
    return db;
  } catch (error) {
    throw toSyncError(error, name);
  }
}

function integrityOf(db: Database.Database): string[] {
  const problems: string[] = [];
  try {
    const check = db.prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`).pluck();
    for (const message of check.iterate()) {
      // One message may be several lines, the first of them a title.
      const lines = String(message).split("\n");
      problems.push(...lines.filter((line) => line !== "ok" && !line.startsWith("***")));
    }
  } catch (error) {
    // A collation or module that is not here is no damage.
    if (statementErrorMessage(error) !== null && !isMalformedSchema(error)) return problems;
    if (!isDamageError(error) && !isMalformedSchema(error)) throw error;
    problems.push((error as Error).message);
  }
  return problems;
}

function isMalformedSchema(error: unknown): boolean {
  return error instanceof Error && error.message.includes("malformed database schema");
}

function schemaDigest(db: Database.Database): string {
  const rows = db
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    .raw()
    .all();
  return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
}

function tablesOf(db: Database.Database): Description["tables"] {
  const names = db
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .pluck()
    .all() as string[];
  return names.map((table) => ({ table, rows: rowsOf(db, table) }));
}

function rowsOf(db: Database.Database, table: string): number | null {
  try {
    return db
      .prepare(`SELECT count(*) FROM ${quoteName(table)}`)
      .pluck()
      .get() as number;
  } catch (error) {
    if (isDamageError(error) || statementErrorMessage(error) !== null) return null;
    throw error;
  }
}

function orEmpty(read: () => string): string {
  return orElse(read, "");
}

function orNone<Item>(read: () => readonly Item[]): readonly Item[] {
  return orElse<readonly Item[]>(read, []);
}

function orElse<Value>(read: () => Value, fallback: Value): Value {
  try {
    return read();
  } catch (error) {
    if (isDamageError(error) || statementErrorMessage(error) !== null) return fallback;
    throw error;
  }
}
