import type { Policy } from "@sync/model";
import { editTimesPolicy } from "./edit-times.ts";
import type { EditTimesOptions } from "./edit-times.ts";

/**
 * The later edit wins, by the table's timestamp column; an edit beats a deletion, with or without
 * timestamps. Where the timestamps do not tell, it parks instead of guessing: no timestamp column, a
 * time that cannot be read, or a tie. So it does for two inserts under a generated key where a base
 * exists (most likely two different rows), and for broken constraints, unless they are a question of
 * two versions: a deleted parent comes back, and of two edits that break a row together one wins.
 *
 * It parks with the cause `clock-skew` where the timestamps cannot be trusted: one too far in the
 * future, two different formats, or a table whose clocks were found to be apart (`Conflict.clockSkew`).
 *
 * @throws SyncError SYNC_USAGE when `allowedSkewMs` is negative or not a number
 */
export function lastWriteWins(options: EditTimesOptions = {}): Policy {
  return editTimesPolicy("last-write-wins", "later", options);
}
