import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { TableDiff } from "@sync/model";
import { statementErrorMessage } from "../schema/statement-error.ts";
import type { Pace } from "../slices.ts";
import { dropOutside } from "./drop-outside.ts";
import { createNotes, hasBag, hasKey } from "./compared.ts";
import type { Compared } from "./compared.ts";
import { candidateSources } from "./candidate-tables.ts";
import type { FoundCandidates } from "./candidate-tables.ts";
import { countNotedContents, findBagAmong, findBagDifferences } from "./find-bag.ts";
import type { BagCounts } from "./find-bag.ts";
import { countNotedKeys, findKeyedAmong, findKeyedDifferences } from "./find-keyed.ts";
import type { KeyedCounts } from "./find-keyed.ts";

/**
 * Compares one table of `a` and `b` row by row and notes the differences in temporary tables.
 *
 * @throws SyncError SYNC_UNSUPPORTED where the table cannot be read by its key here: a collation or
 *   function is missing
 */
export function findDifferences(db: Database.Database, compared: Compared, pace: Pace): TableDiff {
  return explained(compared, () => {
    createNotes(db, compared);
    const keyed = hasKey(compared) ? findKeyedDifferences(db, compared, pace) : NO_KEYED;
    const bag = hasBag(compared) ? findBagDifferences(db, compared) : NO_BAG;
    const same = keyed.same + bag.same;
    if (!dropOutside(db, compared)) return tableDiff(compared, keyed, bag, same);
    const [keyedNow, bagNow] = [
      hasKey(compared) ? countNotedKeys(db, compared) : NO_KEYED,
      hasBag(compared) ? countNotedContents(db, compared) : NO_BAG,
    ];
    return tableDiff(compared, keyedNow, bagNow, same);
  });
}

/**
 * As {@link findDifferences}, with the same result, but compares only the rows that a page scan found. Its
 * cost follows their number.
 */
export function findDifferencesAmong(
  db: Database.Database,
  compared: Compared,
  found: FoundCandidates,
): TableDiff {
  return explained(compared, () => {
    createNotes(db, compared);
    const { rowsInA } = found.candidates;
    const sources = candidateSources(db, compared, found);
    const keyed = hasKey(compared) ? findKeyedAmong(db, compared, sources) : NO_KEYED;
    const bag = hasBag(compared) ? findBagAmong(db, compared, sources) : NO_BAG;
    // What is not only in a, and not changed, is the same in both, with a key or without.
    return tableDiff(compared, keyed, bag, rowsInA - keyed.onlyInA - keyed.changed - bag.onlyInA);
  });
}

const NO_KEYED: KeyedCounts = { onlyInA: 0, onlyInB: 0, changed: 0, same: 0 };
const NO_BAG: BagCounts = { onlyInA: 0, onlyInB: 0, same: 0 };

function tableDiff(
  { table }: Compared,
  keyed: Omit<KeyedCounts, "same">,
  bag: Omit<BagCounts, "same">,
  same: number,
): TableDiff {
  return {
    table: table.name,
    onlyInA: keyed.onlyInA + bag.onlyInA,
    onlyInB: keyed.onlyInB + bag.onlyInB,
    changed: keyed.changed,
    same,
  };
}

function explained({ table }: Compared, compare: () => TableDiff): TableDiff {
  try {
    return compare();
  } catch (cause) {
    const message = statementErrorMessage(cause);
    if (message === null) throw cause;
    throw new SyncError(
      "SYNC_UNSUPPORTED",
      `The table \`${table.name}\` cannot be compared: ${message}.`,
      { cause },
    );
  }
}

/** The table is not the same on both sides. */
export function differs(diff: TableDiff): boolean {
  return diff.onlyInA > 0 || diff.onlyInB > 0 || diff.changed > 0;
}
