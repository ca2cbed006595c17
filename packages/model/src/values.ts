/**
 * One SQLite value as JavaScript sees it, without loss of its storage class.
 *
 * INTEGER is always a `bigint` (64 bits), REAL always a `number`, TEXT a `string`, BLOB a
 * `Uint8Array`. Text that is not valid UTF-8 shows U+FFFD here; such values are moved by SQL,
 * never through this type.
 */
export type SqlValue = null | bigint | number | string | Uint8Array;

/** The five storage classes of SQLite, as `typeof()` spells them. */
export type StorageClass = "null" | "integer" | "real" | "text" | "blob";

/** A row by column name, e.g. `{ id: 7n, name: "Ada", vat: 0.2 }`. Generated columns are not in it. */
export type Row = Readonly<Record<string, SqlValue>>;

/** The key columns of a row and their values, e.g. `{ order_id: 1n, line: 2n }`. */
export type Key = Row;

/** Tells the storage class of a value; the inverse of how SQLite would store it without affinity. */
export function storageClassOf(value: SqlValue): StorageClass {
  if (value === null) return "null";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return "real";
  return typeof value === "string" ? "text" : "blob";
}

/**
 * Equality of DESIGN §5: storage class plus exact value; `1n` is not `1` is not `"1"`.
 * `0` and `-0` are equal, as in SQLite.
 */
export function sameValue(x: SqlValue, y: SqlValue): boolean {
  if (x instanceof Uint8Array && y instanceof Uint8Array) return sameBytes(x, y);
  return x === y;
}

/** Two rows (or two absences) hold the same columns with the same values. */
export function sameRow(x: Row | null, y: Row | null): boolean {
  if (x === null || y === null) return x === y;
  const names = Object.keys(x);
  if (names.length !== Object.keys(y).length) return false;
  return names.every(
    (name) => Object.hasOwn(y, name) && sameValue(x[name] ?? null, y[name] ?? null),
  );
}

/**
 * A key for people: `id=7`, `order_id=1, line=2`. Long texts are cut, long blobs shown as their size,
 * and control characters escaped, so that a row cannot write to somebody's terminal or forge a log line.
 */
export function keyToText(key: Key): string {
  return Object.entries(key)
    .map(([name, value]) => `${printable(name)}=${valueToText(value)}`)
    .join(", ");
}

/** A value for people, at most about `maxLength` characters: `7`, `1.0`, `'Ada'`, `x'00ff'`, `NULL`. */
export function valueToText(value: SqlValue, maxLength = 60): string {
  if (value === null) return "NULL";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return realToText(value);
  if (typeof value === "string") return textToText(value, maxLength);
  if (value.length > maxLength / 2) return `blob (${value.length} bytes)`;
  return `x'${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
}

/** REAL with a mark that it is one: `1.0`, `-Inf`, `2.5e+300`. */
function realToText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : "-Inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Cut by whole characters: half a surrogate pair is not text. */
function textToText(text: string, maxLength: number): string {
  if (text.length + 2 <= maxLength) return `'${printable(text)}'`;
  const end = maxLength - 2;
  return `'${printable(text.slice(0, isHighSurrogate(text, end - 1) ? end - 1 : end))}…`;
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function sameBytes(x: Uint8Array, y: Uint8Array): boolean {
  return x.length === y.length && x.every((byte, index) => byte === y[index]);
}
