import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { uuidv7 } from "uuidv7";
import { SyncError } from "@sync/model";
import { compareSchemas, tableNamed } from "../sqlite/schema/compare-schemas.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { findUnsupported } from "../sqlite/schema/unsupported.ts";
import { CONTROL_PREFIX } from "../sqlite/shape.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import { findLineageAlarm } from "../state/lineage.ts";
import type { StateLocation } from "../state/location.ts";
import { unfinishedRun } from "../state/runs.ts";
import type { RunRecord } from "../state/runs.ts";
import {
  forgetBase,
  hasAnyBase,
  prepareState,
  refuseOtherFormat,
  prepareTables,
  tablesWithBase,
  tidyDrafts,
} from "../state/store.ts";
import { createKept, createRunTables } from "../state/tables.ts";
import { readAncestor } from "./ancestor.ts";
import { chooseTables } from "./choose-tables.ts";
import { connectForDryRun, connectForRun } from "./connect.ts";
import { recover } from "./recover.ts";
import type { RunRequest } from "./request.ts";
import { makeShapes } from "./workspace.ts";
import type { Workspace } from "./workspace.ts";

/** An open run and what was noticed on the way. */
export interface OpenRun {
  readonly space: Workspace;
  readonly notices: readonly string[];
  /** No base was known for any of the tables. */
  readonly firstRun: boolean;
}

/**
 * Opens both sides and the state on one connection, reads the schemas, recovers an interrupted run and
 * looks whether both files are still the ones we knew. Everything that can stop a run stops it here.
 *
 * @throws SyncError SYNC_SCHEMA_MISMATCH, SYNC_UNSUPPORTED, SYNC_UNKNOWN_TABLE, SYNC_LINEAGE,
 *   SYNC_STATE_DAMAGED, and what opening files throws
 */
export async function openRun(request: RunRequest, location: StateLocation): Promise<OpenRun> {
  const db = request.dryRun
    ? connectForDryRun(request, location)
    : connectForRun(request, location);
  try {
    const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
    const { tables, notices } = chooseTables(schemas.a, schemas.b, request.tables ?? undefined);
    refuseControlNames(tables);
    if (!request.dryRun) refuseUnsupported(db, tables);
    const run = newRun(request);
    if (existsSync(location.stateFile)) refuseOtherFormat(db);
    const hasState = request.dryRun ? existsSync(location.stateFile) && hasAnyBase(db) : true;
    if (request.dryRun) prepareDryRun(db, tables);
    else await prepareForRun(db, request, { schemas, tables, run });
    const space = makeWorkspace(db, request, { schemas, tables, run, hasState });
    checkLineage(space, request);
    return {
      space,
      notices,
      firstRun: space.shapes.every(({ work }) => work.base === null && work.baseBag === null),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

interface Known {
  readonly schemas: Workspace["schemas"];
  readonly tables: readonly Table[];
  readonly run: RunRecord;
  readonly hasState?: boolean;
}

function makeWorkspace(db: Database.Database, request: RunRequest, known: Known): Workspace {
  const { schemas, tables, run, hasState } = known;
  const base = knownBase(db, request, tables, hasState === true);
  const shapes = makeShapes(tables, run, {
    ...base,
    hasState: hasState === true && !request.dryRun,
  });
  return { db, run, settings: request.settings, schemas, shapes, writable: request.writable };
}

function knownBase(
  db: Database.Database,
  request: RunRequest,
  tables: readonly Table[],
  hasState: boolean,
): { schema: "state" | "temp" | null; tables: ReadonlySet<string> } {
  if (request.ancestor !== null) {
    const ancestor = readSchema(db, "anc");
    // A table that the ancestor had not is new on both sides.
    const shared = tables.filter(({ name }) => tableNamed(ancestor, name) !== null);
    refuseOtherAncestor(readSchema(db, "a"), ancestor, shared);
    readAncestor(db, shared);
    return { schema: "temp", tables: new Set(shared.map(({ name }) => name)) };
  }
  if (!hasState || request.lineage === "forget") return { schema: null, tables: new Set() };
  return { schema: "state", tables: tablesWithBase(db, tables) };
}

function refuseOtherAncestor(a: Schema, ancestor: Schema, tables: readonly Table[]): void {
  const names = new Set(tables.map(({ name }) => name.toLowerCase()));
  const differences = compareSchemas(a, ancestor).filter(
    ({ table }) => table === null || names.has(table.toLowerCase()),
  );
  if (differences.length === 0) return;
  throw new SyncError(
    "SYNC_SCHEMA_MISMATCH",
    `The ancestor has other tables: ${differences.map(({ message }) => message).join("; ")}.`,
    {
      next: "Name an ancestor with the same tables, or choose equal tables with --table.",
      details: { differences },
    },
  );
}

async function prepareForRun(
  db: Database.Database,
  request: RunRequest,
  known: Known,
): Promise<void> {
  prepareState(db);
  db.transaction(() => prepareTables(db, known.tables))();
  await recoverUnfinished(db, request, known.schemas);
  tidyDrafts(db, known.tables);
  if (request.lineage === "forget") forgetBase(db, known.tables);
}

/** All tables of the interrupted run, whether they are chosen now or not. */
async function recoverUnfinished(
  db: Database.Database,
  request: RunRequest,
  schemas: Workspace["schemas"],
): Promise<void> {
  const unfinished = unfinishedRun(db);
  if (unfinished === null) return;
  const differing = new Set(
    compareSchemas(schemas.a, schemas.b).map(({ table }) => table?.toLowerCase()),
  );
  const tables = schemas.a.tables.filter(
    (table) => hasPlan(db, table) && !differing.has(table.name.toLowerCase()),
  );
  const run: RunRecord = { ...unfinished, schema: "state" };
  const shapes = makeShapes(tables, run, {
    schema: "state",
    tables: tablesWithBase(db, tables),
    hasState: true,
  });
  const space = {
    db,
    run,
    settings: request.settings,
    schemas,
    shapes,
    writable: request.writable,
  };
  await recover(space, unfinished);
}

function hasPlan(db: Database.Database, table: Table): boolean {
  const kinds = [
    ...(table.key.length > 0 ? ["plan"] : []),
    ...(table.key.length === 0 || table.nullableKey ? ["plan-bag"] : []),
  ];
  const exists = db.prepare(
    "SELECT 1 FROM state.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
  );
  return kinds.every((kind) => exists.get(`${kind}:${table.name}`) !== undefined);
}

function prepareDryRun(db: Database.Database, tables: readonly Table[]): void {
  createRunTables(db, "temp");
  for (const table of tables) createKept(db, "temp", table);
}

function refuseUnsupported(db: Database.Database, tables: readonly Table[]): void {
  const found = tables.flatMap((table) =>
    ["a", "b"].flatMap((side) => findUnsupported(db, side, table) ?? []),
  );
  if (found.length === 0) return;
  const reasons = [...new Set(found.map(({ table, reason }) => `\`${table}\`: ${reason}`))];
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `These tables cannot be written here: ${reasons.join("; ")}.`,
    { details: { found } },
  );
}

function refuseControlNames(tables: readonly Table[]): void {
  const taken = tables.find(({ columns }) =>
    columns.some(({ name }) => name.startsWith(CONTROL_PREFIX)),
  );
  if (taken === undefined) return;
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `Table \`${taken.name}\` has a column whose name begins with "${CONTROL_PREFIX}", as our own do.`,
  );
}

function newRun(request: RunRequest): RunRecord {
  return {
    id: uuidv7(),
    schema: request.dryRun ? "temp" : "state",
    startedMs: request.startedMs,
    policy: request.policy.name,
    policyVersion: request.policy.version,
  };
}

/** A side that holds again what it held before we wrote to it went backwards: somebody has to say what that means. */
function checkLineage(space: Workspace, request: RunRequest): void {
  if (request.lineage !== null || request.ancestor !== null) return;
  const hasEvidence =
    space.db.prepare("SELECT 1 FROM pragma_database_list WHERE name = 'state'").get() !== undefined;
  const alarm = hasEvidence ? findLineageAlarm(space.db, space.shapes) : null;
  if (alarm === null) return;
  const file = request.files[alarm.side];
  throw new SyncError(
    "SYNC_LINEAGE",
    `${file.given} went back to an older state: ${alarm.rowsBack} of the ${alarm.rowsWritten} rows that were written there hold again what they held before.`,
    {
      next: "If an older copy was put back, run again with --lineage restored (what it lost is brought forward again). If all of it is meant as edits, --lineage accept. To start anew without deleting anything, --lineage forget.",
      details: { ...alarm, path: file.path },
    },
  );
}
