import { isSameName } from "./identifier.ts";
import type { Table } from "./schema/types.ts";

/**
 * SQLite hands out the table's keys itself (INTEGER PRIMARY KEY): two rows that two sides made under
 * one such key are most likely two different rows. A key that is also a foreign key is another row's, and
 * was not handed out here: the two rows are about the same one.
 */
export function hasGeneratedKey({ key, keyIsRowid, kind, foreignKeys }: Table): boolean {
  const isBorrowed = key.some(({ name }) =>
    foreignKeys.some(({ columns }) => columns.some((column) => isSameName(column, name))),
  );
  return keyIsRowid && kind === "ordinary" && !isBorrowed;
}
