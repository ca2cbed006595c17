/** Stands in the ledger for the policy where a person decided. */
export const BY_HAND = "by hand";

/** Stands in the ledger for the policy where something was given back. */
export const UNDO = "undo";
