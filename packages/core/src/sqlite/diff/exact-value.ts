import { TextDecoder } from "node:util";
import type { Row } from "@sync/model";
import { concatenated, qualified } from "../expressions.ts";
import { rowFrom } from "../rows.ts";
import { realLiteral } from "./real-literal.ts";

/** A value of the database with nothing lost: text as its bytes, which need not be valid. */
export type ExactValue = null | bigint | number | Uint8Array | ExactText;

/** Text in the encoding of the database. */
export interface ExactText {
  readonly text: Uint8Array;
}

/** Values by position, and their classes as one letter each: the raw row that {@link exactList} selects. */
export type ExactRow = readonly unknown[];

/**
 * The columns of a table for {@link exactValues}: text as blob, and at the end one text with the first
 * letter of each column's class (`itnr`).
 */
export function exactList(names: readonly string[], alias: string): string {
  const values = names.map((name) => {
    const column = qualified(name, alias);
    return `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`;
  });
  const classes = names.map((name) => `substr(typeof(${qualified(name, alias)}), 1, 1)`);
  return [...values, concatenated(classes)].join(", ");
}

/** The values of a row that a statement with {@link exactList} gave, raw and with safe integers. */
export function exactValues(row: ExactRow): ExactValue[] {
  const classes = String(row.at(-1));
  return row.slice(0, -1).map((value, index) => {
    // The statement's columns are nothing but these classes.
    const exact = value as Exclude<ExactValue, ExactText>;
    return classes[index] === "t" && exact instanceof Uint8Array ? { text: exact } : exact;
  });
}

/** Writes values of one database as SQL. */
export interface LiteralWriter {
  /** As a value to store. */
  value(value: ExactValue): string;
  /** As the right side of a comparison with a column, without an affinity of its own. */
  operand(value: ExactValue): string;
}

/** Characters that a shell, an editor or a conversion between encodings may spoil. */
const FRAGILE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u2028\u2029\uFEFF\uFFFD]/u;

/**
 * Literals for a database of this encoding that every SQLite reads back as exactly the same value.
 *
 * @param encoding - `UTF-8`, `UTF-16le` or `UTF-16be`
 */
export function literalWriter(encoding: string): LiteralWriter {
  const decoder = new TextDecoder(encoding.toLowerCase(), { fatal: true, ignoreBOM: true });
  const plain = (bytes: Uint8Array): string | null => {
    const text = decoded(decoder, bytes);
    return text === null || FRAGILE.test(text) ? null : `'${text.replaceAll("'", "''")}'`;
  };
  const value = (exact: ExactValue): string => {
    if (exact === null) return "NULL";
    if (typeof exact === "bigint") return String(exact);
    if (typeof exact === "number") return realLiteral(exact);
    if (exact instanceof Uint8Array) return hex(exact);
    return plain(exact.text) ?? `CAST(${hex(exact.text)} AS TEXT)`;
  };
  return {
    value,
    operand: (exact) => {
      const literal = value(exact);
      // A CAST has an affinity, which would keep a column without one from using its index; `+` takes it away.
      return literal.startsWith("CAST") ? `+${literal}` : literal;
    },
  };
}

/** Makes rows for people out of exact values: text becomes a string, U+FFFD where it is not valid. */
export function rowReader(
  names: readonly string[],
  encoding: string,
): (values: readonly ExactValue[]) => Row {
  const decoder = new TextDecoder(encoding.toLowerCase(), { ignoreBOM: true });
  return (values) =>
    rowFrom(
      names,
      values.map((value) => (isText(value) ? decoder.decode(value.text) : value)),
    );
}

export function isText(value: ExactValue): value is ExactText {
  return typeof value === "object" && value !== null && "text" in value;
}

function decoded(decoder: TextDecoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function hex(bytes: Uint8Array): string {
  return `X'${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}'`;
}
