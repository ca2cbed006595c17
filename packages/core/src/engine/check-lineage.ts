import { SyncError } from "@sync/model";
import { endsOf } from "../sqlite/one-way.ts";
import { SIDES } from "../sqlite/shape.ts";
import { findLineageAlarm } from "../state/lineage.ts";
import { calledSide } from "./called-side.ts";
import type { RunRequest } from "./request.ts";
import type { Workspace } from "./workspace.ts";

/**
 * A side that holds again what it held before we wrote to it went backwards: somebody has to say what that means.
 * Called when what changed is in the plan.
 *
 * @throws SyncError SYNC_LINEAGE
 */
export function checkLineage(space: Workspace, request: RunRequest): void {
  if (request.lineage !== null || request.ancestor !== null) return;
  const hasEvidence =
    space.db.prepare("SELECT 1 FROM pragma_database_list WHERE name = 'state'").get() !== undefined;
  const question = {
    // What becomes the source may be as old as it likes.
    sides: request.oneWay?.mirror === true ? [endsOf(request.oneWay).source] : SIDES,
    isPlanned: request.chosen === null && request.oneWay === null,
  };
  const alarm = hasEvidence ? findLineageAlarm(space.db, space.shapes, question) : null;
  if (alarm === null) return;
  const file = request.files[alarm.side];
  throw new SyncError(
    "SYNC_LINEAGE",
    `${file.given} went back to an older state: ${alarm.rowsBack} of the ${alarm.rowsWritten} rows that were written there hold again what they held before.`,
    {
      next: "If an older copy was put back, run again with --lineage restored (what it lost is brought forward again). If all of it is meant as edits, --lineage accept. To start anew without deleting anything, --lineage forget.",
      details: { ...alarm, side: calledSide(request, alarm.side), path: file.path },
    },
  );
}
