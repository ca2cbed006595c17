import { existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { toSyncError } from "./errors.ts";
import { findDatabase } from "./files.ts";

/**
 * Copies a database beside itself by SQLite's own backup, while others may use it: what is to be had back
 * should a change of its schema turn out wrong. The original is only read.
 *
 * @returns the path of the copy: `shop.db.before-schema-20260102T030405Z`
 * @throws SyncError SYNC_DISK_FULL, SYNC_PERMISSION, SYNC_LOCKED; then there is no copy
 */
export async function copyBeside(given: string, nowMs: number): Promise<string> {
  const file = findDatabase(given, { write: true });
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const copy = freeName(`${file.path}.before-schema-${time}`);
  const source = new Database(file.path, { readonly: true });
  try {
    await source.backup(copy);
    return copy;
  } catch (error) {
    rmSync(copy, { force: true });
    throw toSyncError(error, `The backup ${copy}`);
  } finally {
    source.close();
  }
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let number = 2; existsSync(name); number++) name = `${wanted}-${number}`;
  return name;
}
