import { statSync } from "node:fs";
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
import type { ContentDigest } from "../sqlite/diff/content-digest.ts";
import { pageDigests, watchCommits } from "../sqlite/diff/page-digests.ts";
import type { CommitWatch, DigestPages } from "../sqlite/diff/page-digests.ts";
import { isDamageError, toSyncError, sqliteCode } from "../sqlite/errors.ts";
import { fileIdentity, findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import { isSameName } from "../sqlite/identifier.ts";
import { differs } from "../sqlite/diff/find-differences.ts";
import { namePattern } from "../sqlite/name-pattern.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { compareSchemas } from "../sqlite/schema/compare-schemas.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { statementErrorMessage } from "../sqlite/schema/statement-error.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import { throwIfCancelled } from "./compare.ts";
import type { DiffOptions } from "./compare.ts";
import { diffDatabases } from "./diff.ts";
import type { Pair } from "./options.ts";

/** What a check may take. */
export interface ValidateOptions extends DiffOptions {
  /** Digests the tables of large files by their pages, in another process. Without it, all are read by SQL. */
  readonly digestPages?: DigestPages;
}

/** Below this a process takes longer to start than SQL to read all rows. */
const WORTH_BYTES = 12 * 2 ** 20;

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
export async function validateDatabases(
  paths: readonly string[],
  options: ValidateOptions = {},
): Promise<ValidateReport> {
  const [first, second, ...rest] = paths.map((path) => findDatabase(path, { write: false }));
  if (first === undefined || rest.length > 0) {
    throw new SyncError("SYNC_USAGE", "`validate` takes one database or two.");
  }
  if (second !== undefined) refuseSameFile(first, second);
  // Both at once: while one side is checked here, both sides' pages are read elsewhere.
  const findings = await Promise.all(
    paths.map(async (path, at) => inspect(path, ownTables(options, at === 0 ? "a" : "b"))),
  );
  const { view = {} } = options;
  if (view.map === undefined) refuseUnknownTables(findings, options.tables ?? []);
  const [a, b] = findings;
  const differences =
    a === undefined || b === undefined
      ? []
      : isSeen(view) && a.schema !== null && b.schema !== null
        ? await seenDifferences({ a: a.side.db, b: b.side.db }, options)
        : differencesOf(a, b, options.tables);
  const sides = findings.map(({ side }) => side);
  const isSound = sides.every(
    (side) => side.integrity.length === 0 && side.foreignKeys.length === 0,
  );
  const ok = isSound && differences.length === 0;
  return { schemaVersion: 1, command: "validate", ok, sides, differences };
}

function isSeen({ map = {}, where = {}, exclude = [] }: ViewOptions): boolean {
  return Object.keys(map).length + Object.keys(where).length + exclude.length > 0;
}

/** A side's own names of the chosen tables: each database is checked by itself, as it is stored. */
function ownTables(options: ValidateOptions, side: "a" | "b"): ValidateOptions {
  const { tables, view } = options;
  if (tables === undefined || view?.map === undefined) return options;
  const maps = Object.entries(view.map);
  const own = tables.flatMap((wanted) => {
    const found = maps.filter(([common]) => namePattern(wanted)(common));
    return found.map(([common, map]) => map.table?.[side] ?? common).concat(wanted);
  });
  return { ...options, tables: own };
}

/** What a sync of the pair would see: rows outside a filter, and what is left out, do not differ. */
async function seenDifferences(pair: Pair, options: ValidateOptions): Promise<string[]> {
  const { tables } = await diffDatabases(pair, options);
  return tables.filter(differs).map(({ table, onlyInA, onlyInB, changed }) => {
    const words = [`${onlyInA} only in a`, `${onlyInB} only in b`, `${changed} changed`];
    return `table \`${table}\` differs: ${words.join(", ")}`;
  });
}

/** A damaged file may hide its tables: then no name is known to be wrong. */
function refuseUnknownTables(findings: readonly Finding[], wanted: readonly string[]): void {
  const [a, b = a] = findings.map(({ schema }) => schema);
  if (a !== undefined && a !== null && b !== undefined && b !== null) refuseUnknown(a, b, wanted);
}

async function inspect(path: string, options: ValidateOptions): Promise<Finding> {
  const integrity: string[] = [];
  const busyTimeoutMs = options.busyTimeoutMs ?? 5000;
  let db: Database.Database | null = null;
  let watch: CommitWatch | null = null;
  try {
    const file = findDatabase(path, { write: false });
    const identity = fileIdentity(file.path);
    const wantsPages = options.digestPages !== undefined && statSync(file.path).size >= WORTH_BYTES;
    watch = wantsPages ? watchCommits(file, busyTimeoutMs) : null;
    db = openAttached({ a: file }, true, busyTimeoutMs);
    return await inspectOpen({ db, file, identity, watch }, integrity, options);
  } catch (error) {
    const failure = toSyncError(error, path);
    if (failure.code !== "SYNC_CORRUPT") throw failure;
    integrity.push(damageOf(error));
    return { side: { db: path, integrity, foreignKeys: [], tables: [] }, schema: null };
  } finally {
    db?.close();
    watch?.close();
  }
}

interface Opened {
  readonly db: Database.Database;
  readonly file: DatabaseFile;
  readonly identity: string;
  /** `null`: no pages are to be read. */
  readonly watch: CommitWatch | null;
}

/** Whatever can still be read of a database, all of it as it was at one moment. */
async function inspectOpen(
  opened: Opened,
  integrity: string[],
  options: ValidateOptions,
): Promise<Finding> {
  const { db, file } = opened;
  db.exec("BEGIN");
  const reading = readEarly(opened, options);
  // The processes have been started before this thread is busy.
  await new Promise(setImmediate);
  checkIntegrity(db, integrity);
  const schema = readSchema(db, "a");
  const foreignKeys: ForeignKeyViolations[] = [];
  const tables: ValidatedTable[] = [];
  const digests = await reading;
  for (const table of chosenTables(schema, options)) {
    throwIfCancelled(options);
    options.onProgress?.({ phase: "verify", table: table.name, done: 0, total: 0 });
    const read = (what: string, act: () => void): void =>
      noteDamage(integrity, `${what} of table ${table.name}`, act);
    read("the foreign keys", () => foreignKeys.push(...violationsOf(db, table)));
    read("the rows", () => {
      const digest = digests.get(table.name) ?? contentDigest(db, "a", table, schema.encoding);
      tables.push({ table: table.name, ...digest });
    });
  }
  return { side: { db: file.given, integrity, foreignKeys, tables }, schema };
}

function chosenTables({ tables }: Schema, options: ValidateOptions): readonly Table[] {
  return tables.filter(
    ({ name }) =>
      options.tables === undefined || options.tables.some((one) => namePattern(one)(name)),
  );
}

/** Starts to digest pages. A file that is damaged tells so when it is read by SQL. */
async function readEarly(
  { db, file, identity, watch }: Opened,
  options: ValidateOptions,
): Promise<ReadonlyMap<string, ContentDigest>> {
  const { digestPages } = options;
  if (watch === null || digestPages === undefined) return new Map();
  try {
    const schema = readSchema(db, "a");
    const tables = chosenTables(schema, options);
    return await pageDigests({
      db,
      schemaName: "a",
      file,
      identity,
      schema,
      tables,
      watch,
      digestPages,
    });
  } catch (error) {
    if (sqliteCode(error) === "") throw error;
    return new Map();
  }
}

/** SQLite may find so much damage that the check itself fails: then what it said before still stands. */
function checkIntegrity(db: Database.Database, integrity: string[]): void {
  noteDamage(integrity, "the rest", () => {
    // A collation that is not here is told when it is prepared.
    const check = db.prepare(`PRAGMA a.integrity_check(${MOST_MESSAGES})`).pluck();
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
      table === null || chosen === undefined || chosen.some((one) => namePattern(one)(table)),
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
