import { renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { DatabaseFile } from "../sqlite/files.ts";
import { toSyncError } from "../sqlite/errors.ts";

/**
 * Makes a database at `path` with the tables, indexes, views and triggers of another, without rows.
 * It appears under its name only when it is complete.
 */
export function createSide(path: string, model: DatabaseFile): void {
  const draft = `${path}.dbsync-new`;
  rmSync(draft, { force: true });
  const source = new Database(model.path, { readonly: true });
  try {
    copySchema(source, draft);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw toSyncError(error, path);
  } finally {
    source.close();
  }
}

function copySchema(source: Database.Database, path: string): void {
  const target = new Database(path);
  try {
    for (const pragma of [
      "encoding",
      "page_size",
      "auto_vacuum",
      "user_version",
      "application_id",
    ]) {
      const value = source.pragma(pragma, { simple: true });
      target.pragma(`${pragma} = ${typeof value === "string" ? `'${value}'` : String(value)}`);
    }
    // A shadow table is made by its virtual table; views and triggers may name any table.
    const statements = source
      .prepare(
        `SELECT s.sql FROM sqlite_schema AS s LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name
       WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND ifnull(l.type, '') <> 'shadow'
       ORDER BY CASE s.type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, s.rowid`,
      )
      .pluck()
      .all() as string[];
    target.transaction(() => {
      for (const sql of statements) target.exec(sql);
    })();
  } finally {
    target.close();
  }
}
