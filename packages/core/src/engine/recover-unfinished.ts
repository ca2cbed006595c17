import type Database from "better-sqlite3";
import { foldName } from "../sqlite/identifier.ts";
import { commonTable, isMappedTable } from "../sqlite/projection/common-table.ts";
import type { SeenPair } from "../sqlite/projection/projection.ts";
import { createPlanViews } from "../sqlite/projection/views.ts";
import { compareSchemas, tableNamed } from "../sqlite/schema/compare-schemas.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { workTable } from "../sqlite/shape.ts";
import { recordDone, recordRemaining, unfinishedRuns } from "../state/runs.ts";
import type { UnfinishedRun } from "../state/runs.ts";
import { hasKnownShape, tablesWithBase } from "../state/store.ts";
import { settleLedger } from "./finish.ts";
import { recover } from "./recover.ts";
import type { RunRequest } from "./request.ts";
import { makeShapes } from "./workspace.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Brings interrupted runs to their end, all their tables, whether they are chosen now or not, before
 * anything of the state is changed.
 *
 * A table that differs between the sides for now is left for a later run. One whose shape was changed
 * on both since cannot be compared with its plan: what was noted as lost stays noted, the plan goes,
 * and the next look finds what changed. So it is with all of them where the user said to forget.
 *
 * @returns true if anything was settled; what was read of the sides before may be of yesterday then
 */
export async function recoverUnfinished(
  db: Database.Database,
  request: RunRequest,
  { schemas, seen }: Pick<Workspace, "schemas" | "seen">,
): Promise<boolean> {
  let isChanged = false;
  for (const unfinished of unfinishedRuns(db)) {
    const { recoverable, later, lost } = sortTables(db, request, seen, unfinished);
    if (recoverable.length > 0) {
      const run = { ...unfinished, schema: "state" as const };
      const known = {
        schema: "state" as const,
        tables: tablesWithBase(db, recoverable, seen),
        hasState: true,
      };
      const shapes = makeShapes(recoverable, seen, run, known);
      for (const shape of shapes) createPlanViews(db, shape);
      const { settings, writable } = request;
      await recover(
        {
          db,
          files: request.files,
          identities: request.identities,
          run,
          settings,
          schemas,
          seen,
          cookies: null,
          shapes,
          writable,
          // What was planned is only finished: its plan says what goes where.
          oneWay: null,
          swapped: request.swapped,
          references: request.references,
          fill: "state",
        },
        unfinished,
      );
    }
    isChanged ||= recoverable.length + lost.length > 0;
    db.transaction(() => {
      for (const name of lost) giveUp(db, unfinished.id, name);
      if (later.length > 0) recordRemaining(db, unfinished.id, later);
      else recordDone(db, unfinished.id);
    })();
  }
  return isChanged;
}

interface SortedTables {
  readonly recoverable: readonly Table[];
  readonly later: readonly string[];
  readonly lost: readonly string[];
}

function sortTables(
  db: Database.Database,
  request: RunRequest,
  seen: SeenPair,
  unfinished: UnfinishedRun,
): SortedTables {
  if (request.lineage === "forget") return { recoverable: [], later: [], lost: unfinished.tables };
  const [a, b] = [seen.a.schema, seen.b.schema];
  const found = compareSchemas(a, b, (name) => isMappedTable(seen, name));
  const differing = new Set(found.map(({ table }) => foldName(table ?? "")));
  const recoverable: Table[] = [];
  const [later, lost]: [string[], string[]] = [[], []];
  for (const name of unfinished.tables) {
    const table = tableNamed(a, name);
    if (differing.has(foldName(name))) later.push(name);
    else if (table !== null && hasKnownShape(db, commonTable(seen, table), seen))
      recoverable.push(commonTable(seen, table));
    else lost.push(name);
  }
  return { recoverable, later, lost };
}

function giveUp(db: Database.Database, runId: string, name: string): void {
  settleLedger(db, runId, name);
  for (const kind of ["plan", "plan-bag"]) {
    db.exec(`DROP TABLE IF EXISTS ${workTable("state", kind, name)}`);
  }
}
