import type { HandDecision } from "../reconcile/by-hand.ts";
import type { ChosenRow } from "../sqlite/chosen.ts";

/** The rows that a run is limited to, and what a person wants of them. Sides are those of the state. */
export interface Chosen {
  readonly rows: readonly (ChosenRow & { readonly table: string })[];
  /** By pick; `null`: what an entry of the ledger names as lost is given back. */
  readonly decisions: ReadonlyMap<number, HandDecision> | null;
  /** Give back also where the row has moved on since. */
  readonly force: boolean;
}

/** What became of one chosen row. */
export interface PickOutcome {
  readonly pick: number;
  /**
   * `moved`: the row is another one by now; `already`: it holds
   * what was to be given back; `refused`: it cannot be, for the reason given.
   */
  readonly outcome: "done" | "refused" | "moved" | "already";
  readonly reason: string;
}
