import type Database from "better-sqlite3";
import { otherSide } from "@sync/model";
import { quoteName } from "../identifier.ts";
import { statementErrorMessage } from "../schema/statement-error.ts";
import { tokenize } from "../schema/tokenizer.ts";
import type { Token } from "../schema/tokenizer.ts";
import { refused } from "./read-filter.ts";
import type { Projection, SeenPair } from "./projection.ts";

/**
 * Compiles every filter, over the stored columns of its table and nothing else, before anything is read.
 *
 * @param swapped - the caller's `a` is `b` here
 * @throws SyncError SYNC_USAGE naming table, side and position
 */
export function checkFilters(db: Database.Database, seen: SeenPair, swapped = false): void {
  for (const side of ["a", "b"] as const) {
    for (const projection of seen[side].projections.values()) {
      const { where } = projection;
      if (where === null) continue;
      const message = compileError(db, side, projection);
      if (message === null) continue;
      const place = { projection, side: swapped ? otherSide(side) : side };
      throw refused(where, place, tokenIn(where, message), `does not compile: ${message}`);
    }
  }
}

function compileError(
  db: Database.Database,
  side: "a" | "b",
  { stored, where }: Projection,
): string | null {
  const name = quoteName(stored.name);
  const columns = stored.columns.map((column) => quoteName(column.name)).join(", ");
  try {
    db.prepare(
      `EXPLAIN SELECT 1 FROM (SELECT ${columns} FROM ${side}.${name}) AS ${name} WHERE (${where ?? "TRUE"})`,
    );
    return null;
  } catch (error) {
    const message = statementErrorMessage(error);
    if (message === null) throw error;
    return message;
  }
}

/** SQLite names what it stumbled over, but not where. */
function tokenIn(text: string, message: string): Token | null {
  const named = /near "(.*)": syntax error$/s.exec(message)?.[1] ?? /: (\S+)$/.exec(message)?.[1];
  const wanted = named?.split(".").at(-1)?.toLowerCase();
  return tokenize(text).find((token) => token.text.toLowerCase() === wanted) ?? null;
}
