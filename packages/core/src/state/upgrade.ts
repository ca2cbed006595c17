import type Database from "better-sqlite3";

/** Columns that the state's own tables got after their first version, in the order in which they came. */
const ADDED = [
  ["sync_conflict", "obstacle", "TEXT"],
  ["sync_conflict", "since_ms", "INTEGER"],
  ["sync_conflict", "result", "TEXT"],
  ["sync_table", "mapping", "TEXT"],
  ["sync_table", "drift", "TEXT"],
  ["sync_run", "limited", "INTEGER NOT NULL DEFAULT 0"],
] as const;

/** Gives a state of an earlier version what it has not; one that is up to date is not written to. */
export function addMissingStateColumns(db: Database.Database): void {
  for (const [table, column, definition] of ADDED) {
    if (hasStateColumn(db, table, column)) continue;
    db.exec(`ALTER TABLE state.${table} ADD COLUMN ${column} ${definition}`);
  }
}

/** A state of an earlier version may not have it yet. */
export function isAddedColumn(table: string, column: string): boolean {
  return ADDED.some(([of, name]) => of === table && name === column);
}

/** A reader may meet a state that no run of this version has opened yet. */
export function hasStateColumn(db: Database.Database, table: string, column: string): boolean {
  const sql = "SELECT 1 FROM pragma_table_info(?, 'state') WHERE name = ?";
  return db.prepare(sql).get(table, column) !== undefined;
}
