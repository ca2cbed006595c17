import { createHash, hash } from "node:crypto";
import type Database from "better-sqlite3";
import { columnList } from "../expressions.ts";
import { foldName, quoteName } from "../identifier.ts";
import { columnNames } from "../rows.ts";
import type { Table } from "../schema/types.ts";
import { exactList, exactValues } from "./exact-value.ts";
import type { ExactRow, ExactValue } from "./exact-value.ts";
import { createRowEncoder } from "./row-encoder.ts";

/** A table's size and a digest of its content. */
export interface ContentDigest {
  readonly rows: number;
  /** 32 hexadecimal digits. */
  readonly digest: string;
}

/** Says that text did not survive its way into a JavaScript string. */
const REPLACEMENT = "\uFFFD";

/**
 * A digest of what a table holds: equal for two tables exactly when their rows are equal as bags, by
 * storage class and value (0.0 is -0.0), with the same columns and text encoding. The order of rows and
 * columns, page sizes, and rowids that are not the key do not matter. One scan, memory of one row.
 *
 * Rows are hashed with SHA-256 and the first 128 bits of each added modulo 2^128 (Bellare and Micciancio,
 * "A New Paradigm for Collision-Free Hashing", 1997, AdHash), since XOR would let equal rows cancel out.
 * It tells accidents apart, not forgeries.
 */
export function contentDigest(
  db: Database.Database,
  schemaName: string,
  table: Table,
  encoding: string,
): ContentDigest {
  const sorted = table.columns.toSorted((one, other) =>
    foldName(one.name) < foldName(other.name) ? -1 : 1,
  );
  const source: DigestSource = { db, table: { ...table, columns: sorted }, schemaName, encoding };
  // SQLite's conversion from UTF-16 makes the same characters of some texts that are not valid.
  return (encoding === "UTF-8" ? digestStrings(source) : null) ?? digestBytes(source);
}

interface DigestSource {
  readonly db: Database.Database;
  /** With its columns in the order of their names. */
  readonly table: Table;
  readonly schemaName: string;
  readonly encoding: string;
}

/** With text as JavaScript strings, which is twice as fast. @returns `null` if some text may not survive that */
function digestStrings(source: DigestSource): ContentDigest | null {
  const sum = createSum();
  const encoder = createRowEncoder();
  for (const row of scan(source, columnList(source.table))) {
    if (row.some((value) => typeof value === "string" && value.includes(REPLACEMENT))) return null;
    // A statement over columns gives nothing but these.
    sum.add(encoder.encode(row as readonly (ExactValue | string)[]));
  }
  return sum.finish(source, "strings");
}

/** With text as its bytes. */
function digestBytes(source: DigestSource): ContentDigest {
  const sum = createSum();
  const encoder = createRowEncoder();
  for (const row of scan(source, exactList(columnNames(source.table), "x"))) {
    sum.add(encoder.encode(exactValues(row)));
  }
  return sum.finish(source, "bytes");
}

function scan({ db, schemaName, table }: DigestSource, columns: string): Iterable<ExactRow> {
  const from = `${quoteName(schemaName)}.${quoteName(table.name)}`;
  // Rows are arrays in raw mode, whatever the types say.
  return db
    .prepare(`SELECT ${columns} FROM ${from} AS x`)
    .safeIntegers()
    .raw()
    .iterate() as Iterable<ExactRow>;
}

interface Sum {
  add(row: Uint8Array): void;
  finish(source: DigestSource, texts: "strings" | "bytes"): ContentDigest;
}

/** A 128-bit sum in four words, the lowest first: BigInt would cost more than the hash. */
function createSum(): Sum {
  const words = new Uint32Array(4);
  let rows = 0;
  return {
    add: (row) => {
      const digest = hash("sha256", row, "buffer");
      let carry = 0;
      for (let word = 0; word < 4; word++) {
        const total = (words[word] ?? 0) + digest.readUInt32LE(word * 4) + carry;
        words[word] = total;
        carry = total > 0xff_ff_ff_ff ? 1 : 0;
      }
      rows++;
    },
    finish: ({ encoding, table }, texts) => {
      const header = [encoding, texts, String(rows), ...columnNames(table).map(foldName)];
      const digest = createHash("sha256")
        .update(JSON.stringify(header))
        .update(words)
        .digest("hex");
      return { rows, digest: digest.slice(0, 32) };
    },
  };
}
