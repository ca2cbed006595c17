import { otherSide } from "@sync/model";
import type { ConflictKind, Key, Row, Side } from "@sync/model";
import type { Affinity } from "../sqlite/schema/types.ts";
import { readInbox } from "../state/inbox.ts";
import type { InboxQuery, Obstacle, Parked } from "../state/inbox.ts";
import { readState } from "./open-state.ts";
import type { StateCall } from "./open-state.ts";

/** An open conflict: it waits for a person. */
export interface InboxEntry {
  /** By this number it is named in every other call. */
  readonly id: number;
  readonly table: string;
  /** The key columns; of a row without a key, all of it. */
  readonly key: Key;
  /** `false`: the row has no key, and can only be decided by making the rows equal on both sides. */
  readonly hasKey: boolean;
  readonly kind: ConflictKind;
  /** The columns in dispute; empty where a constraint is in the way. */
  readonly disputed: readonly string[];
  /** Who left it to a person; `null` where no policy was asked. */
  readonly policy: string | null;
  /** Why it waits. */
  readonly reason: string;
  /** The constraint that keeps the row from being carried over; `null` where none does. */
  readonly obstacle: Obstacle | null;
  /** When it was put into the inbox, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** An open conflict with its rows, as both sides hold them now. */
export interface InboxConflict extends InboxEntry {
  /** The row when both sides last agreed; `null`: it did not exist, or nothing is known. */
  readonly base: Row | null;
  /** What side `a` holds now; where the table cannot be read there any more, what it held when the conflict was parked. */
  readonly a: Row | null;
  readonly b: Row | null;
  /** Columns in which the sides differ now. */
  readonly differing: readonly string[];
  /** Sides that changed the row since the conflict was parked: the next run looks at it anew. */
  readonly changed: readonly Side[];
  readonly columns: readonly InboxColumn[];
}

/** A column of a row in conflict: what its values are turned into, and whether it can be set. */
export interface InboxColumn {
  readonly name: string;
  readonly affinity: Affinity;
  readonly isKey: boolean;
  /** The table is STRICT: a value of another type is refused. */
  readonly strict: boolean;
}

/** Open conflicts of a pair, by table and number. Empty where nothing is remembered of the pair. */
export function listConflicts(call: StateCall, query: InboxQuery): InboxEntry[] {
  return (
    readState(call, false, ({ db, swapped }) =>
      readInbox(db, query).map((parked) => (swapped ? swapParked(parked) : parked)),
    ) ?? []
  );
}

/** What stands in the way is on the other side, for who names the sides the other way round. */
export function swapParked<P extends Parked>(parked: P): P {
  const { obstacle } = parked;
  return { ...parked, obstacle: obstacle && { ...obstacle, side: otherSide(obstacle.side) } };
}
