import { parseCanonical } from "../dump/canonical.ts";
import type { CanonicalValue } from "../dump/canonical.ts";
import type { CanonicalRow } from "../dump/dump.ts";
import type { KeyColumn } from "./describe.ts";

/**
 * A text that two rows share exactly where SQLite's index calls their keys equal: 1 and 1.0 are, `a`
 * and `A` are under NOCASE. `null` where the key holds a NULL: such rows have no identity.
 */
export function identityOf(row: CanonicalRow, key: readonly KeyColumn[]): string | null {
  const values = key.map(({ name }) => row[name] ?? "null");
  if (values.includes("null")) return null;
  return JSON.stringify(
    values.map((value, at) => comparable(value, key[at]?.collation ?? "BINARY")),
  );
}

function comparable(value: CanonicalValue, collation: string): string {
  const parsed = parseCanonical(value);
  if (parsed.class === "integer") return `number ${parsed.integer}`;
  if (parsed.class === "real") {
    return Number.isInteger(parsed.real) ? `number ${BigInt(parsed.real)}` : value;
  }
  if (parsed.class !== "text") return value;
  return `text ${collated(parsed.bytes, collation)}`;
}

function collated(bytes: Buffer, collation: string): string {
  // latin1 gives each byte a character, whether it is valid UTF-8 or not.
  const text = bytes.toString("latin1");
  if (collation === "RTRIM") return text.replace(/ +$/, "");
  if (collation !== "NOCASE") return text;
  // SQLite's NOCASE folds ASCII only, and compares up to the first NUL, then by length.
  const end = text.indexOf("\0");
  const seen = end < 0 ? text : text.slice(0, end);
  return `${text.length} ${seen.replace(/[A-Z]/g, (letter) => letter.toLowerCase())}`;
}
