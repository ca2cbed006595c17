import { SyncError } from "@sync/model";
import type { SqlValue } from "@sync/model";
import { quoteText } from "../identifier.ts";
import type { Column } from "../schema/types.ts";

/**
 * A constant as an SQL literal of the very value that the other side's column would store: it is compared
 * with what stands there, storage class included.
 *
 * @param about - the beginning of what is said where the column would turn it into something else
 * @throws SyncError SYNC_USAGE
 */
export function constantLiteral(value: SqlValue, column: Column, about: string): string {
  const { affinity } = column;
  if (value === null) return "NULL";
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`;
  if (typeof value === "string") {
    if (
      affinity === "TEXT" ||
      affinity === "BLOB" ||
      value.trim() === "" ||
      Number.isNaN(Number(value))
    )
      return quoteText(value);
    throw refused(
      about,
      `a text that the column would store as a number`,
      "Write the number without quotes.",
    );
  }
  if (affinity === "TEXT")
    throw refused(about, "a number that the column would store as a text", "Write it in quotes.");
  if (typeof value === "bigint") return affinity === "REAL" ? `${String(value)}.0` : String(value);
  if (!Number.isFinite(value))
    throw refused(about, "a number that is none", "Write another value.");
  if (!Number.isInteger(value)) return String(value);
  return affinity === "REAL" ? `${String(value)}.0` : String(value);
}

function refused(about: string, what: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", `${about}, with ${what}.`, { next });
}
