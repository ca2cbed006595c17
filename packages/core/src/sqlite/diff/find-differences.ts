import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { TableDiff } from "@sync/model";
import { statementErrorMessage } from "../schema/statement-error.ts";
import type { Pace } from "../slices.ts";
import { createNotes, hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { findBagDifferences } from "./find-bag.ts";
import { findKeyedDifferences } from "./find-keyed.ts";

/**
 * Compares one table of `a` and `b` row by row and notes the differences in temporary tables.
 *
 * @throws SyncError SYNC_UNSUPPORTED where the table cannot be read by its key here: a collation or
 *   function is missing
 */
export function findDifferences(db: Database.Database, compared: Compared, pace: Pace): TableDiff {
  const table = compared.table.name;
  try {
    createNotes(db, compared);
    const keyed = hasKey(compared)
      ? findKeyedDifferences(db, compared, pace)
      : { onlyInA: 0, onlyInB: 0, changed: 0, same: 0 };
    const bag = hasBag(compared)
      ? findBagDifferences(db, compared)
      : { onlyInA: 0, onlyInB: 0, same: 0 };
    return {
      table,
      onlyInA: keyed.onlyInA + bag.onlyInA,
      onlyInB: keyed.onlyInB + bag.onlyInB,
      changed: keyed.changed,
      same: keyed.same + bag.same,
    };
  } catch (cause) {
    const message = statementErrorMessage(cause);
    if (message === null) throw cause;
    throw new SyncError(
      "SYNC_UNSUPPORTED",
      `The table \`${table}\` cannot be compared: ${message}.`,
      {
        cause,
      },
    );
  }
}

/** The table is not the same on both sides. */
export function differs(diff: TableDiff): boolean {
  return diff.onlyInA > 0 || diff.onlyInB > 0 || diff.changed > 0;
}
