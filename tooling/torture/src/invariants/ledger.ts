import { listDifferences, rowText } from "./compare.ts";
import type { Invariant } from "./run-view.ts";

/** Every value that lost is in the ledger, as it was, and nothing else is (§3.4). */
export const isLedgerRight: Invariant = {
  name: "ledger",
  check: ({ step, next, state }) =>
    step.dryRun === true
      ? []
      : listDifferences(
          next.ledger.map(({ table, side, row }) => `${table}, side ${side}: ${rowText(row)}`),
          state.ledger.map(({ table, side, row }) => `${table}, side ${side}: ${rowText(row)}`),
        ),
};
