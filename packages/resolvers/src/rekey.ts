import type { Conflict, Decision, Policy } from "@sync/model";
import { park } from "./decisions.ts";
import { compareRows } from "./value-order.ts";

/**
 * Keeps both rows where the two sides gave one generated key to two new rows: one of them gets a fresh
 * key. Which one is told by the rows' own values (the greater one moves), so that it is the same row
 * whichever side is called `a`. It decides nothing else and is made to be followed by another policy:
 * `chain([rekey, lastWriteWins()])`.
 *
 * Without a base it parks: there, one row that was edited on both sides looks like two new ones.
 */
export const rekey: Policy = {
  name: "rekey",
  version: "1",
  needsTree: true,
  decide,
};

function decide({ kind, generatedKey, hasBase, a, b }: Conflict): Decision {
  if (kind !== "insert/insert" || !generatedKey || a === null || b === null) {
    return park(
      "The policy rekey decides only about two new rows under one key that SQLite handed out.",
    );
  }
  if (!hasBase) {
    return park(
      "Without a base nobody can tell two new rows from one that both sides edited, so none gets another key.",
    );
  }
  const order = compareRows(a, b);
  if (order === 0) {
    return park("The two rows show the same values, so nothing tells which of them is to move.");
  }
  return {
    type: "rekey",
    side: order > 0 ? "a" : "b",
    reason: "The sides gave one generated key to two different rows: both are kept.",
  };
}
