import { SyncError } from "@sync/model";
import type { Side } from "@sync/model";
import { isSameName } from "../identifier.ts";
import { isKeyword } from "../schema/tokens.ts";
import { tokenize } from "../schema/tokenizer.ts";
import type { Column } from "../schema/types.ts";
import type { Projection, WrittenSides } from "./projection.ts";

/**
 * Refuses a projection by which rows could not be told apart, could not be inserted, or would lose what
 * only their side has.
 *
 * @throws SyncError SYNC_USAGE
 */
export function refuseLosses(
  { stored, seen, leftOut }: Projection,
  { side, writes }: { readonly side: Side; readonly writes: WrittenSides },
): void {
  const about = `The map of \`${seen.name}\`:`;
  const keyColumn = leftOut.find(({ name }) =>
    stored.key.some((part) => isSameName(part.name, name)),
  );
  if (keyColumn !== undefined) {
    throw usage(
      `${about} column \`${keyColumn.name}\` of side ${side} is part of the key, and cannot be left out`,
      "Rows are told apart by the whole key: take it out of `ignore`.",
    );
  }
  const [first] = leftOut;
  if (first === undefined || !writes[side]) return;
  if (stored.key.length === 0) {
    throw usage(
      `${about} column \`${first.name}\` of side ${side} cannot be left out, since the table has no key: an edited row would lose its value`,
      "Give the table a key, or let the pair go one way.",
    );
  }
  const needed = leftOut.find((column) => column.notNull && !hasDefault(column));
  if (needed === undefined) return;
  throw usage(
    `${about} column \`${needed.name}\` of side ${side} is left out, and a new row must have a value there: it is NOT NULL without a DEFAULT`,
    "Give the column a DEFAULT, or let the pair go one way.",
  );
}

/** A row can be inserted without a value for the column. */
export function hasDefault({ definition }: Column): boolean {
  return tokenize(definition).some((token) => isKeyword(token, "default"));
}

function usage(message: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", `${message}.`, { next });
}
