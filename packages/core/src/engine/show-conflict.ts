import { otherSide } from "@sync/model";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { bothTables } from "../sqlite/projection/views.ts";
import { tableNamed } from "../sqlite/schema/compare-schemas.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { readInbox, readParkedImages } from "../state/inbox.ts";
import type { Parked } from "../state/inbox.ts";
import { readKept } from "../state/kept-rows.ts";
import { readPresent } from "../state/present-rows.ts";
import { swapParked } from "./inbox.ts";
import type { InboxConflict } from "./inbox.ts";
import { readState } from "./open-state.ts";
import type { OpenState, StateCall } from "./open-state.ts";
import { swapRows } from "./orientation.ts";
import { seePair, WRITES_NOTHING } from "./see-pair.ts";

/** One open conflict; `null` where no open one has that number. */
export function showConflict(call: StateCall, id: number): InboxConflict | null {
  return readState(call, true, (state) => {
    state.db.exec("BEGIN");
    const [parked] = readInbox(state.db, { ids: [id] });
    return parked === undefined ? null : showParked(state, parked, call.view ?? {});
  });
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
