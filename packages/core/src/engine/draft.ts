import { SyncError } from "@sync/model";
import type { ScanReport } from "@sync/model";
import { findBagChanges } from "../sqlite/bag.ts";
import { directBag, endsOf, holdTarget } from "../sqlite/one-way.ts";
import type { OneWay } from "../sqlite/one-way.ts";
import { collectChangedKeys } from "../sqlite/changed-keys.ts";
import { findChanges, findUnion } from "../sqlite/changes.ts";
import type { PageSource } from "../sqlite/pages/page-signer.ts";
import { createPlan, hasOutcome, isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { mergeColumns } from "../state/compare-images.ts";
import { keepConflicts } from "../state/conflicts.ts";
import { releaseContents, releaseRows } from "../sqlite/release-outside.ts";
import { keepHeld } from "../state/held.ts";
import { hasStale, markStale } from "../state/lineage.ts";
import { noteBagLosses, planMirror } from "../state/mirror.ts";
import { baseKinds } from "../state/tables.ts";
import { NO_CANDIDATES, findCandidates } from "./candidates.ts";
import { findClockSkew } from "./clock.ts";
import { beginLoad } from "./load.ts";
import type { Load } from "./load.ts";
import type { ClockSkew } from "./clock.ts";
import { findNotedPages } from "./noted-pages.ts";
import { isQuiet } from "./quiet-tables.ts";
import { refuseReplaced } from "./refuse-replaced.ts";
import { readPace, readSeen, refuseOtherSchema } from "./versions.ts";
import type { SeenVersions } from "./versions.ts";
import {
  changedPagesOf,
  isBagUnchanged,
  mayReadPages,
  rowsAlike,
  scanReportOf,
  signSides,
  signableTables,
} from "./signed-pages.ts";
import type { SignableTable, SignedPages, SignedTable } from "./signed-pages.ts";
import type { RunRequest } from "./request.ts";
import type { Workspace } from "./workspace.ts";

/** What the sides looked like when the draft was made; what was seen is still so while these stay. */
export interface Draft {
  readonly versions: SeenVersions;
  /** What is found to have changed changed before; what changes later is for the next run. */
  readonly seen: SeenVersions;
  /** Rows equal on both sides, by table, where there was no base to compare with. */
  readonly equalRows: ReadonlyMap<string, number>;
  /** Conflicts that wait for a decision, by table. */
  readonly openRows: ReadonlyMap<string, number>;
  /** What is odd about the tables' timestamps. */
  readonly clockSkews: readonly ClockSkew[];
  /** What the pages of both sides looked like; `null`: they were not read. */
  readonly signed: SignedPages | null;
  /** Every page is as it was when all were noted: they were looked at no closer. */
  readonly areNoted: boolean;
  /** Names of tables that were found to have no row with NULL in its key, on either side. */
  readonly withoutNull: ReadonlySet<string>;
  /** How changes were found. */
  readonly scan: ScanReport;
  /** Tables whose rows are in no plan, since all of them go to a side that has none; `null`: there are no such. */
  readonly load: Load | null;
}

/** How a draft may be made. */
export interface DraftWays {
  /** `null`: pages are not read. */
  readonly pages: PageSource | null;
  /** An empty side may be filled without a plan. */
  readonly mayLoad: boolean;
}

/**
 * Reads both sides against the base, in one snapshot, into a draft of the plan: copies ready to be
 * written, merges, and open conflicts with their images. No write lock is taken; the draft is ours.
 */
export async function makeDraft(
  space: Workspace,
  request: RunRequest,
  { pages, mayLoad }: DraftWays,
): Promise<Draft> {
  const { db, shapes, run, oneWay } = space;
  const source = pages === null ? null : { ...pages, tables: signableTables(space) };
  const asked = source !== null && mayReadPages(space, request, source) ? source : null;
  const candidates = asked === null ? findCandidates(space) : NO_CANDIDATES;
  db.exec("BEGIN");
  try {
    const { versions, signed, areNoted } = await beginReading(space, request, asked);
    const load = mayLoad ? beginLoad(space, request, (shape) => clearBase(space, shape)) : null;
    const found = { candidates: 0, withoutNull: new Set<string>() };
    const equalRows = new Map(
      shapes.map((shape) => {
        const { name } = shape.table;
        if (load?.rows.has(shape) === true) {
          createPlan(db, shape);
          return [name, 0];
        }
        const table = signed?.tables.get(name);
        const sliced = candidates.tables.get(name) ?? null;
        return [name, draftTable(space, shape, { signed: table, sliced, found })];
      }),
    );
    const { lineage } = request;
    const openRows = new Map<string, number>();
    for (const shape of shapes.filter(isKeyed)) {
      if (lineage === "restored") markRestored(space, shape);
      if (oneWay !== null) direct(space, shape, oneWay);
      // A plan of a million copies is not gone over a dozen times for conflicts that are not there.
      if (!hasOutcome(db, shape, "'open'")) continue;
      keepConflicts(db, shape, run);
      mergeColumns(db, shape);
      openRows.set(shape.table.name, countOpen(space, shape));
    }
    const clockSkews = findClockSkew(space);
    db.exec("COMMIT");
    const scan = scanReportOf(signed, found.candidates);
    const { withoutNull } = found;
    const seen = candidates.seen ?? versions;
    return {
      versions,
      seen,
      equalRows,
      openRows,
      clockSkews,
      signed,
      areNoted,
      withoutNull,
      scan,
      load,
    };
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * The first read of each side begins its snapshot; the version is then that snapshot's. Where pages are
 * signed, what others committed meanwhile may be on them though the snapshot does not show it: so it is
 * begun anew, and if it is another one, the pages told nothing. Whoever follows the files is asked again then.
 */
async function beginReading(
  space: Workspace,
  request: RunRequest,
  pages: (PageSource & { readonly tables: readonly SignableTable[] }) | null,
): Promise<Pick<Draft, "versions" | "signed" | "areNoted">> {
  let before = readSeen(space);
  refuseOtherSchema(space, before);
  if (pages === null) return { versions: before, signed: null, areNoted: false };
  for (let attempt = 1; ; attempt++) {
    const noted = await findNotedPages(space, request, pages);
    const signed = noted ?? (await signSides(request, pages));
    refuseReplaced(request);
    space.db.exec("COMMIT; BEGIN");
    const versions = readSeen(space);
    refuseOtherSchema(space, versions);
    const isSame = SIDES.every(({ side }) => versions[side].data === before[side].data);
    if (isSame) return { versions, signed, areNoted: noted !== null };
    if (!pages.follows || attempt === MOST_QUESTIONS)
      return { versions, signed: null, areNoted: false };
    before = versions;
  }
}

/** Somebody who commits all the time leaves gaps of some milliseconds; a question takes about one. */
const MOST_QUESTIONS = 8;

/** In a run that writes to one side only, what the other would get stays where it is. */
function direct({ db, run }: Workspace, shape: Shape, oneWay: OneWay): void {
  if (oneWay.mirror) {
    planMirror(db, shape, { run, oneWay });
    return;
  }
  holdTarget(db, shape, oneWay);
  keepHeld(db, shape, { run, oneWay });
}

function directRowsWithoutKey({ db, run }: Workspace, shape: Shape, oneWay: OneWay): void {
  directBag(db, shape, oneWay);
  if (oneWay.mirror) noteBagLosses(db, shape, { run, oneWay });
}

/**
 * `--lineage restored`: old values give way. A source cannot be given newer ones by a run that does not
 * write to it; of a target that becomes the source, it does not matter which values are old.
 *
 * @throws SyncError SYNC_LINEAGE
 */
function markRestored({ db, oneWay }: Workspace, shape: Shape): void {
  if (oneWay?.mirror !== true)
    markStale(db, shape, oneWay === null ? SIDES : [endsOf(oneWay).target]);
  if (oneWay === null || !hasStale(db, shape, endsOf(oneWay).source)) return;
  throw new SyncError(
    "SYNC_LINEAGE",
    `The source went back to an older state, and a run in one direction does not write to it.`,
    {
      next: "To bring it forward again, run once with --direction two-way --lineage restored. To send its old values as edits, --lineage accept.",
    },
  );
}

function countOpen({ db }: Workspace, { work }: Shape): number {
  return db
    .prepare(`SELECT count(*) FROM ${work.plan} WHERE ${C.outcome} = 'open'`)
    .pluck()
    .get() as number;
}

/** What is known about where a table's changes are. */
interface TableScan {
  readonly signed: SignedTable | undefined;
  /** Keys that slices turned up. */
  readonly sliced: string | null;
  readonly found: Found;
}

/** What looking at the tables turned up besides changes. */
interface Found {
  /** How many rows pages led to. */
  candidates: number;
  /** Names of tables that were found to have no row with NULL in its key, on either side. */
  readonly withoutNull: Set<string>;
}

function nothingKnown(): TableScan {
  return { signed: undefined, sliced: null, found: { candidates: 0, withoutNull: new Set() } };
}

/** @returns the rows equal on both sides where no base is known */
export function draftTable(
  space: Workspace,
  shape: Shape,
  known: TableScan = nothingKnown(),
): number {
  const { db } = space;
  const pace = readPace(space);
  createPlan(db, shape);
  if (isQuiet(known.signed)) return 0;
  const agreed = clearBase(space, shape);
  const hasBase = isKeyed(shape) && shape.work.base !== null;
  const keys = hasBase ? keysToLookAt(db, shape, known) : null;
  const isEmptyBag = known.found.withoutNull.has(shape.table.name) && !hasBaseBag(db, shape);
  if (isBag(shape) && !isEmptyBag && !isBagUnchanged(known.signed)) findBagChanges(db, shape);
  releaseContents(db, shape);
  if (isBag(shape) && space.oneWay !== null) directRowsWithoutKey(space, shape, space.oneWay);
  if (!isKeyed(shape)) return 0;
  if (hasBase) findChanges(db, shape, pace, keys);
  const union = { agreed, alike: rowsAlike(known.signed) };
  const equal = shape.work.base === null ? findUnion(db, shape, union, pace) : 0;
  releaseRows(db, shape);
  return equal;
}

/** @returns a table of keys; `null`: every row has to be looked at */
function keysToLookAt(
  db: Workspace["db"],
  shape: Shape,
  { signed, sliced, found }: TableScan,
): string | null {
  const pages = changedPagesOf(db, signed);
  const changed = pages && collectChangedKeys(db, shape, pages);
  if (changed === null) return sliced;
  if (pages?.isWithoutNull === true) found.withoutNull.add(shape.table.name);
  found.candidates += changed.count;
  return changed.keys;
}

/** Rows with NULL in their key were agreed on. */
function hasBaseBag(db: Workspace["db"], { work }: Shape): boolean {
  if (work.baseBag === null) return false;
  return db.prepare(`SELECT 1 FROM ${work.baseBag} LIMIT 1`).get() !== undefined;
}

/**
 * Where no base is known, equal rows go straight into one that is still incomplete: in the state it is
 * marked so until the run is done; with an explicit ancestor it is a temporary one, adopted with the plan.
 *
 * @returns the table to fill; `null` in a dry run
 */
function clearBase({ db, run, fill }: Workspace, { table, work }: Shape): string | null {
  if (run.schema !== "state" || work.base !== null || work.baseBag !== null) return null;
  for (const kind of baseKinds(table)) db.exec(`DELETE FROM ${workTable(fill, kind, table.name)}`);
  return table.key.length > 0 ? workTable(fill, "base", table.name) : null;
}

/** Nothing was found that has to be written or remembered. */
export function isEmptyDraft(space: Workspace): boolean {
  const { db, shapes } = space;
  const settled = `${C.outcome} NOT IN ('park', 'held')`;
  // What left a filter has to be forgotten; what was never inside has not.
  const keyed = `${settled} AND (${C.outcome} <> 'filtered' OR ${C.didA} IN ('=', '~', '-'))`;
  const bag = `${settled} AND (${C.outcome} <> 'filtered' OR ${C.countBase} > 0)`;
  return shapes.every(
    (shape) =>
      (!isKeyed(shape) ||
        db.prepare(`SELECT 1 FROM ${shape.work.plan} WHERE ${keyed} LIMIT 1`).get() ===
          undefined) &&
      (!isBag(shape) ||
        db.prepare(`SELECT 1 FROM ${shape.work.planBag} WHERE ${bag} LIMIT 1`).get() === undefined),
  );
}
