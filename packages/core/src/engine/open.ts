import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { uuidv7 } from "uuidv7";
import { SyncError, otherSide } from "@sync/model";
import { isSameName } from "../sqlite/identifier.ts";
import { commonTable } from "../sqlite/projection/common-table.ts";
import type { DriftedColumn, SeenPair } from "../sqlite/projection/projection.ts";
import { bothTables, createPlanViews } from "../sqlite/projection/views.ts";
import { compareSchemas, tableNamed } from "../sqlite/schema/compare-schemas.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import { findUnsupported } from "../sqlite/schema/unsupported.ts";
import { CONTROL_PREFIX } from "../sqlite/shape.ts";
import type { Schema, Table } from "../sqlite/schema/types.ts";
import { lostIndexes } from "../sqlite/triggers.ts";
import type { StateLocation } from "../state/location.ts";
import type { RunRecord } from "../state/runs.ts";
import { refuseOtherFormat } from "../state/format.ts";
import {
  forgetBase,
  hasAnyBase,
  prepareState,
  migrateBasesForLook,
  prepareTables,
  tablesWithBase,
  tidyDrafts,
} from "../state/store.ts";
import { createKept, createRunTables } from "../state/tables.ts";
import { readAncestor } from "./ancestor.ts";
import { chooseTables } from "./choose-tables.ts";
import type { ChosenTables } from "./choose-tables.ts";
import type { RunFacilities } from "./facilities.ts";
import { endInterruptedRestores, refuseInterruptedRestores } from "./interrupted-restore.ts";
import { refuseUnknownNames } from "./named-columns.ts";
import { recoverUnfinished } from "./recover-unfinished.ts";
import type { RunRequest } from "./request.ts";
import { refuseRenames } from "./refuse-renames.ts";
import { runReadsPages } from "./scan-choice.ts";
import { seePair } from "./see-pair.ts";
import { makeShapes } from "./workspace.ts";
import type { BaseKnowledge, Workspace } from "./workspace.ts";

/** An open run and what was noticed on the way. */
export interface OpenRun {
  readonly space: Workspace;
  readonly notices: readonly string[];
  /** Tables whose rows cannot be read. */
  readonly leftOut: readonly string[];
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
export async function openRun(
  request: RunRequest,
  location: StateLocation,
  facilities: RunFacilities,
): Promise<OpenRun> {
  const db = facilities.connect(request, location);
  try {
    if (runReadsPages(request, facilities.pages)) facilities.pages.expect();
    const { cookies, schemas } = facilities.schemas(db);
    const seen = seePair(db, schemas, { ...request, writes: request.writable });
    const { tables, notices, leftOut } = chooseAsCalled(request, seen);
    refuseRenames(db, seen, location);
    refuseUnknownNames(seen.a.schema, seen.b.schema, request);
    refuseUnfit(tables);
    refuseLostIndexes(schemas, storedOf(seen, tables));
    const isReady = facilities.isReady(db, request);
    if (!request.dryRun && !isReady) refuseUnsupported(db, storedOf(seen, tables));
    const run = newRun(request);
    if (existsSync(location.stateFile)) refuseOtherFormat(db);
    const hasState = request.dryRun ? existsSync(location.stateFile) && hasAnyBase(db) : true;
    if (hasState && request.dryRun) refuseInterruptedRestores(db, request);
    if (request.dryRun) prepareDryRun(db, tables);
    else if (!isReady && (await prepareForRun(db, request, { schemas, seen, tables, run }))) {
      facilities.discard(db);
      return await openRun(request, location, facilities);
    }
    const space = makeWorkspace(db, request, { schemas, seen, cookies, tables, run, hasState });
    return {
      space,
      notices,
      leftOut,
      firstRun: space.shapes.every(({ work }) => work.base === null && work.baseBag === null),
    };
  } catch (error) {
    facilities.discard(db);
    throw error;
  }
}

/** Chooses in the caller's order; the tables themselves are side a's. */
function chooseAsCalled({ swapped, tables, view }: RunRequest, seen: SeenPair): ChosenTables {
  const wanted = { ...(tables === null ? {} : { tables }), exclude: view.exclude ?? [] };
  const chosen = chooseTables(swapped ? { ...seen, a: seen.b, b: seen.a } : seen, wanted);
  const isChosen = (name: string): boolean =>
    chosen.tables.some((one) => isSameName(one.name, name));
  const ordered = seen.a.schema.tables.filter(({ name }) => isChosen(name));
  return { ...chosen, tables: ordered.map((table) => commonTable(seen, table)) };
}

/** What one side alone has, with sides as the state names them. */
function driftMemory({ drift }: SeenPair, { swapped }: RunRequest): readonly DriftedColumn[] {
  const columns = drift?.columns ?? [];
  if (!swapped) return columns;
  return columns.map((one) => Object.assign({ ...one }, { onlyIn: otherSide(one.onlyIn) }));
}

/** Each side's own tables behind those of the pair. */
function storedOf(seen: SeenPair, tables: readonly Table[]): Record<"a" | "b", Table[]> {
  const on = (side: "a" | "b"): Table[] =>
    tables.flatMap(({ name }) => {
      const both = bothTables(seen, name);
      return both === null ? [] : [both[side].own];
    });
  return { a: on("a"), b: on("b") };
}

interface Known {
  readonly schemas: Workspace["schemas"];
  readonly seen: SeenPair;
  readonly cookies?: Workspace["cookies"];
  readonly tables: readonly Table[];
  readonly run: RunRecord;
  readonly hasState?: boolean;
}

function makeWorkspace(db: Database.Database, request: RunRequest, known: Known): Workspace {
  const { schemas, seen, cookies = null, tables, run, hasState } = known;
  const base = knownBase(db, request, { tables, seen, hasState: hasState === true });
  const shapes = makeShapes(tables, seen, run, {
    ...base,
    hasState: hasState === true && !request.dryRun,
    options: request.tableOptions,
  });
  for (const shape of shapes) createPlanViews(db, shape);
  const fill = request.ancestor === null ? run.schema : "temp";
  return {
    db,
    files: request.files,
    identities: request.identities,
    run,
    settings: request.settings,
    schemas,
    seen,
    cookies,
    shapes,
    writable: request.writable,
    oneWay: request.oneWay,
    swapped: request.swapped,
    references: request.references,
    fill,
  };
}

function knownBase(
  db: Database.Database,
  request: RunRequest,
  { tables, seen, hasState }: Pick<Known, "tables" | "seen"> & { readonly hasState: boolean },
): Pick<BaseKnowledge, "schema" | "tables" | "carried"> {
  if (request.ancestor !== null) {
    const ancestor = readSchema(db, "anc");
    // A table that the ancestor had not is new on both sides.
    const shared = tables.filter(({ name }) => tableNamed(ancestor, name) !== null);
    refuseOtherAncestor(readSchema(db, "a"), ancestor, shared);
    readAncestor(db, tables, shared);
    return { schema: "temp", tables: new Set(shared.map(({ name }) => name)) };
  }
  if (!hasState || request.lineage === "forget") return { schema: null, tables: new Set() };
  const known = tablesWithBase(db, tables, seen);
  if (!request.dryRun) return { schema: "state", tables: known };
  const carried = migrateBasesForLook(db, tables, seen);
  return { schema: "state", tables: new Set([...known, ...carried]), carried };
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

/** @returns true if an interrupted run was settled: then everything has to be opened anew */
async function prepareForRun(
  db: Database.Database,
  request: RunRequest,
  known: Known,
): Promise<boolean> {
  prepareState(db);
  endInterruptedRestores(db, request);
  if (await recoverUnfinished(db, request, known)) return true;
  db.transaction(() =>
    prepareTables(db, known.tables, known.seen, driftMemory(known.seen, request)),
  )();
  tidyDrafts(db, known.tables);
  if (request.lineage === "forget") forgetBase(db, known.tables);
  return false;
}

function prepareDryRun(db: Database.Database, tables: readonly Table[]): void {
  createRunTables(db, "temp");
  for (const table of tables) createKept(db, "temp", table);
}

function refuseUnsupported(
  db: Database.Database,
  tables: Readonly<Record<"a" | "b", readonly Table[]>>,
): void {
  const found = tables.a.flatMap((a, index) =>
    [findUnsupported(db, "a", a), findUnsupported(db, "b", tables.b[index] ?? a)].flatMap(
      (one) => one ?? [],
    ),
  );
  if (found.length === 0) return;
  const reasons = [...new Set(found.map(({ table, reason }) => `\`${table}\`: ${reason}`))];
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `These tables cannot be written here: ${reasons.join("; ")}.`,
    { details: { found } },
  );
}

function refuseLostIndexes(
  schemas: Workspace["schemas"],
  tables: Readonly<Record<"a" | "b", readonly Table[]>>,
): void {
  const lost = (["a", "b"] as const).flatMap((side) => lostIndexes(schemas[side], tables[side]));
  if (lost.length === 0) return;
  throw new SyncError(
    "SYNC_UNSUPPORTED",
    `The index \`${lost[0] ?? ""}\` is kept by a trigger that also writes to other tables. Its effects must not come twice, and the index cannot be rebuilt.`,
    { next: "Split the trigger in two, one of them for the index alone." },
  );
}

/** SQLite allows 2,000 columns and terms in a statement; comparing a row with its former self takes them twice. */
const MOST_COLUMNS = 900;

/** Tables that have no room beside them for what we note about their rows. */
function refuseUnfit(tables: readonly Table[]): void {
  for (const { name, columns } of tables) {
    if (columns.length > MOST_COLUMNS) {
      throw new SyncError(
        "SYNC_UNSUPPORTED",
        `Table \`${name}\` has more than ${MOST_COLUMNS} columns.`,
      );
    }
    if (columns.some((column) => column.name.startsWith(CONTROL_PREFIX))) {
      throw new SyncError(
        "SYNC_UNSUPPORTED",
        `Table \`${name}\` has a column whose name begins with "${CONTROL_PREFIX}", as our own do.`,
      );
    }
  }
}

function newRun(request: RunRequest): RunRecord {
  return {
    id: uuidv7(),
    schema: request.dryRun ? "temp" : "state",
    startedMs: request.startedMs,
    policy: request.policy.name,
    policyVersion: request.policy.version,
    limited: request.chosen !== null,
  };
}
