import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";

/** How a test makes a database and looks at it. */
export interface AttachedOptions {
  /** A side of a pair is attached to `:memory:`; a dry run opens the file itself, read-only. */
  readonly readonly?: boolean;
  /** Runs before the SQL, e.g. to define a function that the reader will not have. */
  readonly prepare?: (db: Database.Database) => void;
}

/** A database made by `sql`, closed, and opened anew; it goes away with the test. */
export interface Attached {
  readonly db: Database.Database;
  /** The name to reach it by. */
  readonly schemaName: string;
}

/** Makes a real file in a folder of its own and attaches it as `a`. */
export function attach(sql: string, options: AttachedOptions = {}): Attached {
  const folder = mkdtempSync(join(tmpdir(), "sync-schema-"));
  const file = join(folder, "side.db");
  const maker = new Database(file);
  options.prepare?.(maker);
  maker.exec(sql);
  maker.close();
  const db =
    options.readonly === true ? new Database(file, { readonly: true }) : new Database(":memory:");
  if (options.readonly !== true) db.prepare("ATTACH ? AS a").run(file);
  onTestFinished(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });
  return { db, schemaName: options.readonly === true ? "main" : "a" };
}

/**
 * Lets the SQL that follows put rows into `sqlite_schema`: the only way here to make a file that needs
 * a collation or a module that is missing.
 */
export function allowSchemaEdits(db: Database.Database): void {
  db.unsafeMode(true);
  db.pragma("writable_schema = ON");
}
