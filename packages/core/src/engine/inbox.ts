import { otherSide } from "@sync/model";
import type { ConflictKind, Key, Row, Side } from "@sync/model";
import { tableNamed } from "../sqlite/schema/compare-schemas.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { bothTables } from "../sqlite/projection/views.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Affinity } from "../sqlite/schema/types.ts";
import { readInbox, readParkedImages } from "../state/inbox.ts";
import type { InboxQuery, Obstacle, Parked } from "../state/inbox.ts";
import { readKept } from "../state/kept-rows.ts";
import { readPresent } from "../state/present-rows.ts";
import { readState } from "./open-state.ts";
import { seePair, WRITES_NOTHING } from "./see-pair.ts";
import type { OpenState, StateCall } from "./open-state.ts";
import { swapRows } from "./orientation.ts";

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

/** One open conflict; `null` where no open one has that number. */
export function showConflict(call: StateCall, id: number): InboxConflict | null {
  return readState(call, true, (state) => {
    state.db.exec("BEGIN");
    const [parked] = readInbox(state.db, { ids: [id] });
    return parked === undefined ? null : showParked(state, parked, call.view ?? {});
  });
}

function swapParked<P extends Parked>(parked: P): P {
  const { obstacle } = parked;
  return { ...parked, obstacle: obstacle && { ...obstacle, side: otherSide(obstacle.side) } };
}

function showParked({ db, swapped }: OpenState, parked: Parked, view: ViewOptions): InboxConflict {
  const images = readParkedImages(db, parked);
  const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
  const seen = seePair(db, schemas, { view, swapped, writes: WRITES_NOTHING });
  const table = tableNamed(seen.a.schema, parked.table);
  const known = readKept(db, parked.table)?.columns ?? [];
  const both = bothTables(seen, parked.table);
  const present =
    table === null || both === null ? null : readPresent(db, { table, both, known, id: parked.id });
  const shown = {
    ...parked,
    ...images,
    ...(present ?? { differing: parked.disputed, changed: [] }),
    columns: (table?.columns ?? []).map(({ name, affinity }) => ({
      name,
      affinity,
      isKey: table?.key.some((part) => part.name === name) ?? false,
      strict: table?.strict ?? false,
    })),
  };
  if (!swapped) return shown;
  return swapParked({ ...swapRows(shown), changed: shown.changed.map((side) => otherSide(side)) });
}
