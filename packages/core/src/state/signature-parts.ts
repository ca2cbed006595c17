import type Database from "better-sqlite3";

/**
 * Signatures of large tables take tens of megabytes. In one value they would be in memory several times while they are
 * bound, put into a record and written: so they are kept in parts.
 */
export const SIGNATURE_PART_TABLE = `
  CREATE TABLE IF NOT EXISTS state.sync_signature_part (
    tbl TEXT NOT NULL COLLATE NOCASE, side TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (tbl, side, part));`;

const PART_BYTES = 2 ** 18;

/** A signature that the state has; it is read where it is wanted, and not kept. */
export interface Remembered {
  readonly byteLength: number;
  /** @returns `null` where the state has other parts than it should */
  read(): Uint8Array | null;
}

/** Whose signature. */
export interface SignatureName {
  readonly table: string;
  readonly side: "a" | "b";
}

export function rememberedSignature(
  db: Database.Database,
  { table, side }: SignatureName,
  byteLength: number,
): Remembered {
  const those = "FROM state.sync_signature_part WHERE tbl = ? AND side = ?";
  return {
    byteLength,
    read: () => {
      // A damaged state may have anything there.
      const total = db.prepare(`SELECT total(length(bytes)) ${those}`).pluck().get(table, side);
      if (total !== byteLength) return null;
      const bytes = new Uint8Array(byteLength);
      let at = 0;
      for (const part of db
        .prepare(`SELECT bytes ${those} ORDER BY part`)
        .pluck()
        .iterate(table, side)) {
        if (!(part instanceof Uint8Array)) return null;
        bytes.set(part, at);
        at += part.byteLength;
      }
      return bytes;
    },
  };
}

/** There must be none under that name: see {@link dropSignatures}. */
export function keepSignature(
  db: Database.Database,
  { table, side }: SignatureName,
  bytes: Uint8Array,
): void {
  const insert = db.prepare("INSERT INTO state.sync_signature_part VALUES (?, ?, ?, ?)");
  for (let at = 0; at < bytes.byteLength; at += PART_BYTES) {
    insert.run(table, side, at / PART_BYTES, bytes.subarray(at, at + PART_BYTES));
  }
}

/** Those of both sides. */
export function dropSignatures(db: Database.Database, table: string): void {
  db.prepare("DELETE FROM state.sync_signature_part WHERE tbl = ?").run(table);
}
