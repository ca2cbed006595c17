import type Database from "better-sqlite3";

/**
 * The hash of every page of both sides, noted in a run that found them as they are remembered. While they stay, no table
 * has to be looked at.
 */
export interface NotedPages {
  /** The signatures that the pages had then (`signatures.ts`), as a digest: with any others they say nothing. */
  readonly signed: string;
  readonly a: NotedSide;
  readonly b: NotedSide;
}

export interface NotedSide {
  /** When the files were written last. Only a hint whether it is worth looking: nothing is believed because of it. */
  readonly signs: string;
  readonly hashes: Uint8Array;
}

/** One row: both sides are noted together or not at all. */
export const PAGE_HASH_TABLE = `
  CREATE TABLE IF NOT EXISTS state.sync_page_hashes (
    id INTEGER PRIMARY KEY CHECK (id = 1), signed TEXT, signs_a TEXT, signs_b TEXT, a BLOB, b BLOB);`;

/** What the state has without its blobs, which are read where they are wanted. */
export function readNotedSigns(db: Database.Database): Record<"a" | "b", string> | null {
  // A look at a pair that was never synced has no state; an older one has no such table.
  const has = "SELECT 1 FROM pragma_table_list('sync_page_hashes') WHERE schema = 'state'";
  if (db.prepare(has).get() === undefined) return null;
  const sql = "SELECT signs_a AS a, signs_b AS b FROM state.sync_page_hashes WHERE a IS NOT NULL";
  return (db.prepare(sql).get() as Record<"a" | "b", string> | undefined) ?? null;
}

/** @param signed - the digest that it must have been noted with */
export function readNotedHashes(
  db: Database.Database,
  signed: string,
): Record<"a" | "b", Uint8Array> | null {
  const sql = "SELECT a, b FROM state.sync_page_hashes WHERE signed = ?";
  const row = db.prepare(sql).get(signed) as Record<"a" | "b", Uint8Array | null> | undefined;
  return row?.a instanceof Uint8Array && row.b instanceof Uint8Array
    ? { a: row.a, b: row.b }
    : null;
}

/** In place of what was noted before. */
export function noteHashes(db: Database.Database, { signed, a, b }: NotedPages): void {
  db.prepare("INSERT OR REPLACE INTO state.sync_page_hashes VALUES (1, ?, ?, ?, ?, ?)").run(
    signed,
    a.signs,
    b.signs,
    a.hashes,
    b.hashes,
  );
}
