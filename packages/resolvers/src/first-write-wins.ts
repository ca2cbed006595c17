import type { Policy } from "@sync/model";
import { editTimesPolicy } from "./edit-times.ts";
import type { EditTimesOptions } from "./edit-times.ts";

/**
 * The earlier edit wins, by the table's timestamp column: for bookings and claims, where whoever came
 * first has it. Everything else is as with `lastWriteWins`: an edit beats a deletion, and where the
 * timestamps do not tell or cannot be trusted, it parks.
 *
 * @throws SyncError SYNC_USAGE when `allowedSkewMs` is negative or not a number
 */
export function firstWriteWins(options: EditTimesOptions = {}): Policy {
  return editTimesPolicy("first-write-wins", "earlier", options);
}
