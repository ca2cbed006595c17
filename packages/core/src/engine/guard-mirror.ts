import { SyncError } from "@sync/model";
import { endsOf } from "../sqlite/one-way.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import type { Shape } from "../sqlite/shape.ts";
import { countDeleted } from "./check.ts";
import type { RunRequest } from "./request.ts";
import type { Workspace } from "./workspace.ts";

/** What a mirror would take from one table of its target. */
export interface MirrorLoss {
  readonly table: string;
  readonly overwritten: number;
  readonly deleted: number;
}

/**
 * Stops a mirror that nobody agreed to and that would overwrite or delete anything, before anything is
 * planned or written. One that only adds needs no leave.
 *
 * @throws SyncError SYNC_MIRROR with `details: {tables: MirrorLoss[], overwritten, deleted}`
 */
export function guardMirror(space: Workspace, request: RunRequest): void {
  const { oneWay } = space;
  if (oneWay?.mirror !== true || request.confirmed || request.dryRun) return;
  const { to } = endsOf(oneWay).target;
  const tables = space.shapes.flatMap((shape): MirrorLoss[] => {
    const [overwritten, deleted] = [
      countOverwritten(space, shape, to),
      countDeleted(space, shape, to),
    ];
    return overwritten + deleted === 0 ? [] : [{ table: shape.table.name, overwritten, deleted }];
  });
  if (tables.length === 0) return;
  const sum = (of: (loss: MirrorLoss) => number): number =>
    tables.reduce((total, loss) => total + of(loss), 0);
  const [overwritten, deleted] = [sum((loss) => loss.overwritten), sum((loss) => loss.deleted)];
  const { files } = request;
  const perTable = tables.map((loss) => `${loss.table} ${lossText(loss)}`).join("; ");
  throw new SyncError(
    "SYNC_MIRROR",
    `To become what ${files[oneWay.source].given} is, ${files[oneWay.target].given} would have ${lossText({ overwritten, deleted })} (${perTable}).`,
    { details: { tables, overwritten, deleted } },
  );
}

function lossText({ overwritten, deleted }: Omit<MirrorLoss, "table">): string {
  const rows = (count: number): string => `${count} ${count === 1 ? "row" : "rows"}`;
  return [
    ...(overwritten === 0 ? [] : [`${rows(overwritten)} overwritten`]),
    ...(deleted === 0 ? [] : [`${rows(deleted)} deleted`]),
  ].join(" and ");
}

function countOverwritten({ db }: Workspace, shape: Shape, to: string): number {
  if (!isKeyed(shape)) return 0;
  const sql = `SELECT count(*) FROM ${shape.work.plan} WHERE ${to} IN (2, 4)`;
  return db.prepare(sql).pluck().get() as number;
}
