import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { toSyncError } from "./errors.ts";
import type { DatabaseFile } from "./files.ts";

/** Databases to attach, by the name they get. */
export type Attachments = Readonly<Record<string, DatabaseFile>>;

/** Page cache per attached database; measured: larger ones do not make a scan faster. */
const CACHE_KIB = 16_000;

/**
 * One connection with several databases attached, so that SQLite itself can join and compare them.
 *
 * Read-write, its main is `:memory:`: with a file as main, a commit over several rollback-mode files
 * would leave a super-journal that a crash can orphan (SQLITE_NOTES 2). Read-only, its main is an
 * empty read-only file, which makes everything attached read-only too (SQLITE_NOTES 3): no checkpoint,
 * no recovery, no write.
 *
 * @throws SyncError for a file that cannot be opened or is no database, naming it; SYNC_SCHEMA_MISMATCH
 *   where text encodings differ
 */
export function openAttached(
  files: Attachments,
  readonly: boolean,
  busyTimeoutMs: number,
): Database.Database {
  const encodings = ["UTF-8", "UTF-16le", "UTF-16be"];
  for (const encoding of encodings) {
    const db = readonly ? openReadonlyMain() : new Database(":memory:");
    try {
      prepareConnection(db, encoding, busyTimeoutMs);
      if (attachAll(db, files)) return db;
      db.close();
    } catch (error) {
      db.close();
      throw error;
    }
  }
  const names = Object.values(files)
    .map((file) => file.given)
    .join(" and ");
  throw new SyncError("SYNC_SCHEMA_MISMATCH", `${names} have different text encodings.`, {
    next: "Make one anew with the other's encoding: PRAGMA encoding, then .dump and .read in the sqlite3 shell.",
  });
}

function openReadonlyMain(): Database.Database {
  const folder = mkdtempSync(join(tmpdir(), "dbsync-"));
  const file = join(folder, "empty.sqlite");
  try {
    writeFileSync(file, "");
    const db = new Database(file, { readonly: true });
    // Reading it once opens it for good, so that its name can go.
    db.pragma("schema_version");
    return db;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepareConnection(db: Database.Database, encoding: string, busyTimeoutMs: number): void {
  db.pragma(`encoding = '${encoding}'`);
  db.pragma("foreign_keys = OFF");
  db.pragma("trusted_schema = OFF");
  db.pragma("recursive_triggers = OFF");
  db.pragma(`busy_timeout = ${busyTimeoutMs}`);
}

/** @returns false where some file has another text encoding */
function attachAll(db: Database.Database, files: Attachments): boolean {
  for (const [name, file] of Object.entries(files)) {
    try {
      db.prepare(`ATTACH ? AS ${name}`).run(file.path);
      db.prepare(`SELECT count(*) FROM ${name}.sqlite_schema`).get();
    } catch (error) {
      if (error instanceof Error && error.message.includes("same text encoding")) return false;
      refuseForeignNames(error, file);
      throw toSyncError(error, file.given);
    }
    db.pragma(`${name}.cache_size = -${CACHE_KIB}`);
    // A commit is on the disk before the base says so; EXTRA also syncs the folder (SQLITE_NOTES 7).
    db.pragma(`${name}.synchronous = EXTRA`);
  }
  return true;
}

/** A view or trigger that says `main.t` makes the whole file unreadable once it is attached (SQLITE_NOTES 18). */
function refuseForeignNames(error: unknown, { given }: DatabaseFile): void {
  const message = error instanceof Error ? error.message : "";
  const found = /\b(view|trigger) (.+) cannot reference objects in database (.+)$/s.exec(message);
  if (found === null) return;
  const [, kind, name, schema] = found;
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `The ${kind} \`${name}\` of ${given} names a table as \`${schema}.…\`, so that the file cannot be opened together with another.`,
    { cause: error, next: `Create the ${kind} again without \`${schema}.\`.` },
  );
}

/**
 * One database by itself, as the main one: what the names in its SQL mean is then what they mean to its own
 * application, and two sides may have different text encodings.
 *
 * @throws SyncError for a file that cannot be opened or is no database, naming it
 */
export function openAlone(
  file: DatabaseFile,
  options: { readonly readonly: boolean; readonly busyTimeoutMs: number },
): Database.Database {
  let db: Database.Database | null = null;
  try {
    db = new Database(file.path, { readonly: options.readonly, fileMustExist: true });
    db.pragma("trusted_schema = OFF");
    db.pragma("recursive_triggers = OFF");
    db.pragma(`busy_timeout = ${options.busyTimeoutMs}`);
    db.pragma("synchronous = EXTRA");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db?.close();
    throw toSyncError(error, file.given);
  }
}
