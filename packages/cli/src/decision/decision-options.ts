import type { HandDecision, InboxColumn, TakeFrom } from "@sync/core";
import { SyncError } from "@sync/model";
import type { SqlValue } from "@sync/model";
import { parseTypedValue } from "./typed-value.ts";

/** The options of `conflicts resolve` that say what a person wants. */
export interface DecisionOptions {
  readonly take?: TakeFrom;
  /** `column=value`, as typed. */
  readonly set?: readonly string[];
  readonly delete?: true;
  readonly keepBoth?: true;
}

/** Some decision is among the options. */
export function hasDecision({ take, set, delete: gone, keepBoth }: DecisionOptions): boolean {
  return take !== undefined || set !== undefined || gone === true || keepBoth === true;
}

/**
 * The decision that the options name. `--take` beside `--set` says where the other columns come from.
 *
 * @throws SyncError SYNC_USAGE for more than one decision, or none
 */
export function decisionOf(
  options: DecisionOptions,
  columns: readonly InboxColumn[],
): HandDecision {
  const { take, set, delete: gone, keepBoth } = options;
  const chosen = [take ?? set, gone, keepBoth].filter((one) => one !== undefined);
  if (chosen.length > 1) throw usage("Two decisions for one conflict.");
  if (gone === true) return { type: "delete" };
  if (keepBoth === true) return { type: "keep-both" };
  if (set !== undefined) {
    const values = Object.fromEntries(set.map((typed) => parseSetting(typed, columns)));
    return { type: "set", columns: values, ...(take === undefined ? {} : { rest: take }) };
  }
  if (take !== undefined) return { type: "take", from: take };
  throw usage("It is not said how to decide.");
}

function parseSetting(typed: string, columns: readonly InboxColumn[]): [string, SqlValue] {
  // A name may hold an equals sign: the longest column that fits is meant.
  const column = columns
    .filter(({ name }) => typed.toLowerCase().startsWith(`${name.toLowerCase()}=`))
    .toSorted((x, y) => y.name.length - x.name.length)[0];
  if (column !== undefined)
    return [column.name, parseTypedValue(typed.slice(column.name.length + 1), column)];
  if (!typed.includes("=")) throw usage(`--set wants column=value, not \`${typed}\`.`);
  const name = typed.slice(0, typed.indexOf("="));
  throw new SyncError("SYNC_USAGE", `The table has no column \`${name}\`.`, {
    next: `Its columns are ${columns.map((one) => one.name).join(", ")}.`,
  });
}

function usage(message: string): SyncError {
  return new SyncError("SYNC_USAGE", message, {
    next: "Write --take a, b or base, --set column=value, --delete or --keep-both.",
  });
}
