import type { Content, Maybe } from "@sync/testkit";
import type { PolicyName } from "../policies.ts";
import type { Side } from "../scenario.ts";

/**
 * What a pair must remember between runs, as plain maps. Each run turns it into the next one; nothing
 * is ever read back from the product.
 */
export interface PairModel {
  /** Rows when both sides last agreed, by table. A table that is missing has no base. */
  readonly base: ReadonlyMap<string, Content>;
  readonly inbox: readonly InboxEntry[];
  readonly ledger: readonly LedgerEntry[];
  /** What rows that runs wrote had held before, the newest of each row: evidence that a side went back. */
  readonly former: readonly FormerRow[];
}

/** A row that waits for a decision, with its values then. */
export interface InboxEntry {
  readonly table: string;
  /** Identity of a keyed row; of others the content. */
  readonly row: string;
  readonly isCounted: boolean;
  /** The kind put to the policy; `constraint`: it would have broken one. */
  readonly kind: string;
  readonly images: { readonly base: Maybe; readonly a: Maybe; readonly b: Maybe };
  /** A run that was stopped may have put it to the policy again. */
  readonly isUnsure?: boolean;
  /** Who parked it; `null`: a constraint did, so that the next run looks again. */
  readonly policy: PolicyName | null;
}

/** A value that lost. */
export interface LedgerEntry {
  readonly table: string;
  readonly side: Side;
  readonly row: Maybe;
}

export interface FormerRow {
  readonly table: string;
  readonly side: Side;
  readonly identity: string;
  readonly row: Maybe;
}

/** A pair that never ran, or whose state was lost. */
export const NOTHING_KNOWN: PairModel = { base: new Map(), inbox: [], ledger: [], former: [] };
