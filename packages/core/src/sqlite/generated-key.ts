import type { Table } from "./schema/types.ts";

/**
 * SQLite hands out the table's keys itself (INTEGER PRIMARY KEY): two rows that two sides made under
 * one such key are most likely two different rows.
 */
export function hasGeneratedKey({ keyIsRowid, kind }: Table): boolean {
  return keyIsRowid && kind === "ordinary";
}
