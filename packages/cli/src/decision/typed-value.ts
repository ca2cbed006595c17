import type { InboxColumn } from "@sync/core";
import { SyncError } from "@sync/model";
import type { SqlValue } from "@sync/model";

/** What can be typed for a value; stands in the help and below every refusal. */
export const WAYS_TO_TYPE =
  "Numbers as they are, 'text' in single quotes, x'00ff' for a blob, NULL; in a TEXT column quotes may be left out.";

const INTEGER = /^[+-]?\d+$/;
const REAL = /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?$/i;

/**
 * The value of `column=value` as a person typed it, written as in SQL. Only in a TEXT column may the
 * quotes of a text be left out: anywhere else it is not guessed that one was meant.
 *
 * @example
 * parseTypedValue("12.5", { name: "price", affinity: "REAL", … }) // 12.5
 * parseTypedValue("12", { name: "phone", affinity: "TEXT", … }) // "12"
 * @throws SyncError SYNC_USAGE for what is none of these
 */
export function parseTypedValue(typed: string, column: InboxColumn): SqlValue {
  if (/^null$/i.test(typed)) return null;
  if (/^x'/i.test(typed)) return blobOf(typed, column);
  if (typed.startsWith("'")) return quotedText(typed, column);
  if (column.affinity === "TEXT") return typed;
  if (INTEGER.test(typed)) return integerOf(typed, column);
  if (REAL.test(typed)) return realOf(typed, column);
  if (/^[+-]?inf$/i.test(typed)) return typed.startsWith("-") ? -Infinity : Infinity;
  throw refusal(typed, column, `is no number, and column \`${column.name}\` is not one of texts`);
}

/** The text of SQLite's own `quote()`: two single quotes stand for one. */
function quotedText(typed: string, column: InboxColumn): string {
  const inside = /^'((?:[^']|'')*)'$/s.exec(typed)?.[1];
  if (inside === undefined) throw refusal(typed, column, "has no closing quote");
  return inside.replaceAll("''", "'");
}

function blobOf(typed: string, column: InboxColumn): Uint8Array {
  const digits = /^x'((?:[0-9a-f]{2})*)'$/i.exec(typed)?.[1];
  if (digits === undefined) throw refusal(typed, column, "is no blob: pairs of hexadecimal digits");
  return new Uint8Array(Buffer.from(digits, "hex"));
}

function integerOf(typed: string, column: InboxColumn): bigint {
  const value = BigInt(typed.replace(/^\+/, ""));
  if (BigInt.asIntN(64, value) !== value)
    throw refusal(typed, column, "does not fit into 64 bits; write it as a REAL, with a point");
  return value;
}

function realOf(typed: string, column: InboxColumn): number {
  const value = Number(typed);
  if (!Number.isFinite(value)) throw refusal(typed, column, "is too large for a REAL");
  return value;
}

function refusal(typed: string, { name }: InboxColumn, why: string): SyncError {
  const shown = typed.length > 40 ? `${typed.slice(0, 40)}…` : typed;
  return new SyncError("SYNC_USAGE", `${name}=${shown}: it ${why}.`, { next: WAYS_TO_TYPE });
}
