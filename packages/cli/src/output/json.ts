import type { Row, RowDiff, SqlValue, SyncError } from "@sync/model";

/**
 * A value without loss. What JSON tells apart stands as itself: NULL, TEXT, INTEGER that a double
 * holds, REAL with a fraction. The rest says what it is: `{"integer": "9007199254740993"}`,
 * `{"real": "1.0"}`, `{"real": "-Inf"}`, `{"blob": "00ff"}` (hexadecimal).
 */
export type JsonValue =
  | null
  | string
  | number
  | { readonly integer: string }
  | { readonly real: string }
  | { readonly blob: string };

/** A document on one line, or indented for people. Integers beyond a double's reach become strings. */
export function jsonText(document: unknown, indent?: number): string {
  return JSON.stringify(document, bigintToJson, indent);
}

/** What `--json` prints when a command fails; `command` is null when none was recognised. */
export function errorDocument(command: string | null, error: SyncError): object {
  const { code, message, next, details } = error;
  return { schemaVersion: 1, command, error: { code, message, next, details } };
}

/** One line of `dbsync diff --ndjson`. */
export function rowDiffDocument({ table, key, a, b, changed }: RowDiff): object {
  return { table, key: rowToJson(key), a: rowToJson(a), b: rowToJson(b), changed };
}

export function valueToJson(value: SqlValue): JsonValue {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "bigint") return integerToJson(value);
  if (typeof value === "number") return realToJson(value);
  return { blob: Buffer.from(value).toString("hex") };
}

/** A row or key, value by value. */
export function rowToJson(row: Row | null): Record<string, JsonValue> | null {
  if (row === null) return null;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueToJson(value)]));
}

function integerToJson(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : { integer: String(value) };
}

/** JSON writes 1.0 as 1, which would be read back as an INTEGER. */
function realToJson(value: number): JsonValue {
  if (Number.isNaN(value)) return null;
  if (!Number.isFinite(value)) return { real: value > 0 ? "Inf" : "-Inf" };
  if (!Number.isInteger(value)) return value;
  const text = String(value);
  return { real: text.includes("e") ? text : `${text}.0` };
}

function bigintToJson(_name: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
