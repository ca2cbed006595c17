import { candidateTable, collectCandidates } from "../sqlite/changes.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { SLICE_ROWS } from "../sqlite/slices.ts";
import { readPace, readSeen, refuseOtherSchema } from "./versions.ts";
import type { SeenVersions } from "./versions.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Where a draft looks for changes: by table, the name of a table of keys that holds at least all rows that
 * changed until `seen`. A table that is missing here is compared row by row.
 *
 * Other sources of candidates (the pages of a `-wal`, pages whose content is known) go here: what they
 * name has to be a superset of the changes, and `seen` what they had looked at.
 */
export interface Candidates {
  readonly tables: ReadonlyMap<string, string>;
  /** The versions of both sides before the first look; `null`: nothing was looked at yet. */
  readonly seen: SeenVersions | null;
}

/** Every row has to be looked at. */
export const NO_CANDIDATES: Candidates = { tables: new Map(), seen: null };

/**
 * In rollback mode a reader keeps writers waiting. A large table is therefore looked through in slices, with
 * the locks let go in between; the draft then reads only what that turned up, in one short transaction. What
 * somebody changes meanwhile in a slice that was done is missed, and found by the next run: what this one
 * has seen is what was there before its first slice.
 */
export function findCandidates(space: Workspace): Candidates {
  const tables = new Map<string, string>();
  if (!keepsWritersWaiting(space)) return { tables, seen: null };
  const large = space.shapes.filter((shape) => isLarge(space, shape));
  if (large.length === 0) return { tables, seen: null };
  const { db } = space;
  const seen = inTransaction(space, () => readSeen(space));
  for (const shape of large) {
    collectCandidates(db, shape, readPace(space), (work) =>
      inTransaction(space, () => {
        refuseOtherSchema(space, readSeen(space));
        work();
      }),
    );
    tables.set(shape.table.name, candidateTable(shape));
  }
  return { tables, seen };
}

function keepsWritersWaiting({ db }: Workspace): boolean {
  return SIDES.some(({ side }) => db.pragma(`${side}.journal_mode`, { simple: true }) !== "wal");
}

/** More than one slice. Without a base, every row has to be put somewhere: that is one piece of work. */
function isLarge({ db }: Workspace, shape: Shape): boolean {
  const { base } = shape.work;
  if (!isKeyed(shape) || base === null) return false;
  const rows = db.prepare(`SELECT count(*) FROM ${base}`).pluck().get() as number;
  return rows > SLICE_ROWS;
}

function inTransaction<Result>({ db }: Workspace, work: () => Result): Result {
  db.exec("BEGIN");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
