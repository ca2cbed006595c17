import type { InboxEntry, PairModel } from "../model/pair-model.ts";
import type { SeenConflict, StateView } from "../observe/state.ts";
import { listDifferences, rowText } from "./compare.ts";
import type { Invariant } from "./run-view.ts";

const CONSTRAINT_KINDS: ReadonlySet<string> = new Set([
  "unique",
  "foreign-key",
  "check",
  "not-null",
  "type",
]);

/** The inbox holds exactly the rows that wait, with what base, a and b held, and why (§2, §6). */
export const isInboxRight: Invariant = {
  name: "inbox",
  check: ({ step, next, state }) => (step.dryRun === true ? [] : inboxDifferences(next, state)),
};

export function inboxDifferences(model: PairModel, state: StateView): readonly string[] {
  return listDifferences(model.inbox.map(expectedText), state.inbox.map(foundText)).map(
    (difference) => `inbox: ${difference}`,
  );
}

function expectedText({ table, kind, images }: InboxEntry): string {
  return entryText(table, kind, images);
}

function foundText({ table, kind, images }: SeenConflict): string {
  return entryText(table, CONSTRAINT_KINDS.has(kind) ? "constraint" : kind, images);
}

function entryText(table: string, kind: string, { base, a, b }: InboxEntry["images"]): string {
  return `${kind} in ${table}: base ${rowText(base)}, a ${rowText(a)}, b ${rowText(b)}`;
}
