import { SyncError } from "@sync/model";
import picomatch from "picomatch";

/** Tells whether a table's or column's name is meant. */
export type NamePattern = (name: string) => boolean;

/**
 * Reads a glob over names: `orders`, `order_*`, `{price,cost}`, `!audit_*`. Case does not matter, as in
 * SQLite. A name that is written out always means itself, whatever characters it is made of.
 *
 * @throws SyncError SYNC_USAGE when the pattern is empty or not a text
 */
export function namePattern(pattern: string): NamePattern {
  if (typeof pattern !== "string" || pattern === "") {
    throw new SyncError("SYNC_USAGE", "A pattern for names of tables or columns is empty.");
  }
  const exact = pattern.toLowerCase();
  // `bash` and `dot`: names are no paths, so a star stands for slashes and leading dots too.
  const matches = picomatch(pattern, { nocase: true, bash: true, dot: true, windows: false });
  return (name) => name.toLowerCase() === exact || matches(name);
}
