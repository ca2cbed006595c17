import { createRequire } from "node:module";
import { SyncError } from "@sync/model";
import type picomatch from "picomatch";
import { isSameName } from "./identifier.ts";

const require = createRequire(import.meta.url);

/** Tells whether a table's name is meant. */
export type NamePattern = (name: string) => boolean;

/**
 * Reads a glob over names: `orders`, `order_*`, `{orders,lines}`. Case does not matter, as in SQLite. A
 * name that is written out always means itself, whatever characters it is made of.
 *
 * @throws SyncError SYNC_USAGE where it is empty
 */
export function namePattern(pattern: string): NamePattern {
  if (pattern === "") throw new SyncError("SYNC_USAGE", "A table's name is empty.");
  // Loaded where somebody names tables; a CommonJS package.
  const glob = require("picomatch") as typeof picomatch;
  // `bash` and `dot`: names are no paths, so a star stands for slashes and leading dots too.
  const matches = glob(pattern, { nocase: true, bash: true, dot: true, windows: false });
  return (name) => isSameName(name, pattern) || matches(name);
}
