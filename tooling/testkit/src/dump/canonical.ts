/**
 * One value as text that is equal exactly where the values are: storage class plus bits.
 * `null`, `integer 7`, `real 3ff8000000000000`, `text 'Ada'`, `text x'ff00'`, `blob x'00ff'`.
 * Text is shown readable only where all of it is printable ASCII. `-0.0` is written as `0.0`.
 */
export type CanonicalValue = string;

/** What a dump statement returns for one value: text already cast to its bytes. */
export type RawValue = null | bigint | number | Uint8Array;

/** @param storageClass - as `typeof()` spells it */
export function canonicalValue(storageClass: string, value: RawValue): CanonicalValue {
  if (value === null) return "null";
  if (typeof value === "bigint") return `integer ${value}`;
  if (typeof value === "number") return `real ${realToHex(value)}`;
  const bytes = Buffer.from(value);
  if (storageClass === "text" && isPrintable(bytes)) return `text '${bytes.toString("latin1")}'`;
  return `${storageClass} x'${bytes.toString("hex")}'`;
}

/** A canonical value taken apart again. Text stays bytes, since it may not be valid UTF-8. */
export type ParsedValue =
  | { readonly class: "null" }
  | { readonly class: "integer"; readonly integer: bigint }
  | { readonly class: "real"; readonly real: number }
  | { readonly class: "text" | "blob"; readonly bytes: Buffer };

/** The inverse of {@link canonicalValue}. */
export function parseCanonical(value: CanonicalValue): ParsedValue {
  if (value === "null") return { class: "null" };
  const space = value.indexOf(" ");
  const rest = value.slice(space + 1);
  if (value.startsWith("integer ")) return { class: "integer", integer: BigInt(rest) };
  if (value.startsWith("real ")) {
    return { class: "real", real: Buffer.from(rest, "hex").readDoubleBE() };
  }
  const bytes = rest.startsWith("x'")
    ? Buffer.from(rest.slice(2, -1), "hex")
    : Buffer.from(rest.slice(1, -1), "latin1");
  return { class: value.startsWith("text ") ? "text" : "blob", bytes };
}

function realToHex(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  return bytes.toString("hex");
}

function isPrintable(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
}
