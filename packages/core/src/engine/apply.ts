import { setTimeout as sleep } from "node:timers/promises";
import { SyncError } from "@sync/model";
import { addRows, unexpectedCounts } from "../sqlite/bag.ts";
import type { Violation } from "../sqlite/collisions.ts";
import { isBusy, sqliteCode } from "../sqlite/errors.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import { countGeneratedViolations } from "../sqlite/references.ts";
import { raiseSequences } from "../sqlite/sequence.ts";
import { storedTables } from "../sqlite/stored-tables.ts";
import { pagesInJournal } from "../sqlite/pages/journal-pages.ts";
import type { WrittenPages } from "../sqlite/pages/sign-written.ts";
import { holdTriggers, rebuildIndexes } from "../sqlite/triggers.ts";
import { findMovedRows, WRITE_STEPS, findUnwritten, writeStatement } from "../sqlite/write.ts";
import { NO_MARK, leaveMark } from "../sqlite/commit-mark.ts";
import type { Mark, Marks } from "../sqlite/commit-mark.ts";
import { locateViolations, removePlanned } from "./locate.ts";
import type { Draft } from "./draft.ts";
import { refuseReplaced } from "./refuse-replaced.ts";
import { isStillEmpty, writeLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { readVersions } from "./versions.ts";
import { hasRekeys, park } from "./check.ts";
import { findViolations } from "./violations.ts";
import type { Workspace } from "./workspace.ts";

/** What became of an attempt to write the plan. */
export type Applied =
  /** Committed on every side, and which pages that changed; `null`: not known. */
  | {
      readonly type: "committed";
      readonly pages: ReadonlyMap<"a" | "b", WrittenPages | null>;
    }
  /** Nothing was written: rows changed underfoot; look again. */
  | { readonly type: "moved" }
  /** Nothing was written: rows that break a constraint were parked; the plan is another one now. */
  | { readonly type: "parked" }
  /** Nothing was written: a side refused rows that stand in no plan; look again, and plan them. */
  | { readonly type: "unfit" }
  /** Nothing was written: a side refused these rows. */
  | { readonly type: "refused"; readonly violations: readonly Violation[] };

/** How an attempt to write the plan is to go. */
export interface Attempt {
  /** What was seen when the plan was made; `null`: everything has to be compared again. */
  readonly draft: Draft | null;
  /** Rows that changed underfoot are parked instead of being looked at again. */
  readonly lastRound: boolean;
  /** What tells afterwards whether a side was committed; `null`: its rows tell. */
  readonly marks: Marks | null;
  /** Called when it failed before anything could have been committed. */
  readonly onNothingWritten: () => void;
}

/** Sides that the plan writes to, or that are loaded. */
export function sidesToWrite(space: Workspace, load: Load | null): SideNames[] {
  return SIDES.filter((side) => writtenShapes(space, side, load).length > 0);
}

/**
 * Writes the plan: both sides in one transaction of one connection, each committing by itself, after
 * checking that what is overwritten is still what was read, and reading back what was written.
 *
 * @throws SyncError SYNC_LOCKED, SYNC_VERIFY_FAILED; nothing is written then
 */
export async function applyPlan(
  space: Workspace,
  { draft, lastRound, marks, onNothingWritten }: Attempt,
): Promise<Applied> {
  const { db, settings } = space;
  const load = draft?.load ?? null;
  const sides = sidesToWrite(space, load);
  let isCommitting = false;
  try {
    await lockSides(space, sides, load);
    settings.onStep("locked");
    const moved = draft === null || hasMoved(space, draft);
    // A row that came meanwhile may point at one that is about to get another key.
    if (draft !== null && moved && hasRekeys(space)) return giveUp(space, { type: "moved" });
    if (moved && !stillAsPlanned(space, sides, lastRound)) return giveUp(space, { type: "moved" });
    if (moved && load !== null && !isStillEmpty(space, load))
      return giveUp(space, { type: "moved" });
    if (moved && hasViolations(space)) {
      if (!lastRound) return giveUp(space, { type: "moved" });
      parkViolations(space);
      return keepParked(space);
    }
    const broken = sides.map((side) => countGeneratedViolations(db, space.shapes, side));
    try {
      for (const side of sides) {
        const isLoaded = load?.to.side === side.side;
        const mark = marks?.[side.side] ?? NO_MARK;
        writeSide(space, side, { mark, load: isLoaded ? load : null, isMoved: moved });
      }
    } catch (error) {
      if (!sqliteCode(error).startsWith("SQLITE_CONSTRAINT")) throw error;
      if (load !== null) return giveUp(space, { type: "unfit" });
      return await findRefused(space, sides, error);
    }
    settings.onStep("written");
    verify(space, sides);
    sides.forEach((side, index) => refuseNewViolations(space, side, broken[index] ?? 0));
    settings.onStep("verified");
    refuseReplaced(space);
    const pages = new Map(sides.map(({ side }) => [side, pagesWritten(space, side)]));
    isCommitting = true;
    db.exec("COMMIT");
    settings.onStep("committed");
    return { type: "committed", pages };
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    // A commit over two files may have reached one of them: then the plan is what recovers it.
    if (!isCommitting) onNothingWritten();
    throw error;
  }
}

/**
 * Takes the write locks of all sides at once, or none: while one is busy, nothing is held (SQLITE_NOTES 4).
 * Waits with jitter, up to the busy timeout. A delete of nothing takes the lock. Whoever held it until now
 * may have put another file in place meanwhile.
 */
async function lockSides(
  space: Workspace,
  sides: readonly SideNames[],
  load: Load | null,
): Promise<void> {
  const { db, settings } = space;
  const deadline = performance.now() + settings.busyTimeoutMs;
  db.pragma("busy_timeout = 0");
  try {
    for (let attempt = 0; ; attempt += 1) {
      settings.throwIfCancelled();
      refuseReplaced(space);
      try {
        db.exec("BEGIN");
        for (const side of sides) {
          const [written] = writtenShapes(space, side, load);
          if (written !== undefined)
            db.exec(`DELETE FROM ${written.sides[side.side].target} WHERE 0`);
        }
        refuseReplaced(space);
        return;
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK");
        if (!isBusy(error) || performance.now() > deadline) throw error;
      }
      await sleep(Math.min(5 * 2 ** attempt, 100) * (0.5 + settings.random()));
    }
  } finally {
    db.pragma(`busy_timeout = ${settings.busyTimeoutMs}`);
  }
}

/** Somebody committed to a side, or changed its schema, since the draft was read. */
function hasMoved(space: Workspace, draft: Draft): boolean {
  return SIDES.some(({ side }) => {
    const [then, now] = [draft.versions[side], readVersions(space, side)];
    if (now.schema !== then.schema) {
      throw new SyncError("SYNC_LOCKED", "The schema of a side was changed during the run.", {
        next: "Run again.",
      });
    }
    return now.data !== then.data;
  });
}

/** Compare-and-set: every row about to be overwritten is still what was read. */
function stillAsPlanned(
  space: Workspace,
  sides: readonly SideNames[],
  lastRound: boolean,
): boolean {
  const { db, shapes } = space;
  for (const side of sides) {
    for (const shape of shapes) {
      const rows = isKeyed(shape) ? findMovedRows(db, shape, side) : [];
      const bagRows = isBag(shape) ? unexpectedCounts(db, shape, side, `p.${side.count}`) : [];
      if (rows.length + bagRows.length === 0) continue;
      if (!lastRound) return false;
      const why = {
        shape,
        side,
        rival: null,
        kind: "update/update" as const,
        constraint: "",
        reason: "another program kept changing the row during the run",
      };
      park(
        space,
        [
          { ...why, rows, bag: false },
          { ...why, rows: bagRows, bag: true },
        ].filter((found) => found.rows.length > 0),
      );
    }
  }
  return true;
}

interface SideWrite {
  readonly mark: Mark;
  /** What is loaded into the side. */
  readonly load: Load | null;
  /** Somebody committed to a side since the draft was read. */
  readonly isMoved: boolean;
}

function writeSide(space: Workspace, side: SideNames, { mark, load, isMoved }: SideWrite): void {
  const { db, shapes, schemas, settings } = space;
  const keyed = shapes.filter(isKeyed).filter(({ work }) => hasWrites(db, work.plan, side));
  const bags = shapes.filter(isBag).filter(({ work }) => hasWrites(db, work.planBag, side));
  const schema = schemas[side.side];
  const loaded = load === null ? [] : [...load.rows.keys()];
  const written = storedTables(schema, [...keyed, ...bags, ...loaded], side);
  const held = holdTriggers(db, side.side, schema, written);
  settings.onStep("held-triggers");
  removePlanned(db, keyed, bags, side);
  if (load !== null) writeLoad(space, load, isMoved);
  for (const step of WRITE_STEPS) {
    for (const shape of keyed) db.exec(writeStatement(shape, side, step) ?? "");
  }
  for (const shape of bags) addRows(db, shape, side);
  raiseSequences(db, shapes, side);
  held.restore();
  rebuildIndexes(db, side.side, held.stale);
  leaveMark(db, side.side, mark);
}

function writtenShapes({ db, shapes }: Workspace, side: SideNames, load: Load | null): Shape[] {
  return shapes.filter(
    (shape) =>
      (load?.to.side === side.side && load.rows.has(shape)) ||
      (isKeyed(shape) && hasWrites(db, shape.work.plan, side)) ||
      (isBag(shape) && hasWrites(db, shape.work.planBag, side)),
  );
}

function hasWrites(db: Workspace["db"], plan: string, { to }: SideNames): boolean {
  return db.prepare(`SELECT 1 FROM ${plan} WHERE ${to} <> 0 LIMIT 1`).get() !== undefined;
}

/** Reads back every written row, storage classes included. */
function verify({ db, shapes }: Workspace, sides: readonly SideNames[]): void {
  for (const side of sides) {
    for (const shape of shapes) {
      const keyed = isKeyed(shape) ? findUnwritten(db, shape, side).length : 0;
      const bag = isBag(shape) ? unexpectedCounts(db, shape, side, `p.${C.count}`).length : 0;
      if (keyed + bag === 0) continue;
      throw new SyncError(
        "SYNC_VERIFY_FAILED",
        `${keyed + bag} rows of table \`${shape.table.name}\` did not come back as they were written; nothing was committed.`,
      );
    }
  }
}

/** A large share of a file is faster read anew than page by page. */
const MOST_OF_PAGES = 1 / 8;

/** https://www.sqlite.org/pragma.html#pragma_auto_vacuum */
const FULL_AUTO_VACUUM = 1;

/** What the present transaction wrote to a side, for whoever signs its pages once it is committed. */
function pagesWritten({ db, files }: Workspace, side: "a" | "b"): WrittenPages | null {
  switch (db.pragma(`${side}.journal_mode`, { simple: true })) {
    case "wal":
      return "last-commit";
    case "delete": {
      // Then the commit itself moves pages, after the journal was looked at.
      if (db.pragma(`${side}.auto_vacuum`, { simple: true }) === FULL_AUTO_VACUUM) return null;
      const pages = db.pragma(`${side}.page_count`, { simple: true }) as number;
      return pagesInJournal(files[side].path, pages * MOST_OF_PAGES);
    }
    default:
      return null;
  }
}

/** Foreign keys over generated columns are only seen once they are written. */
function refuseNewViolations({ db, shapes }: Workspace, side: SideNames, before: number): void {
  if (countGeneratedViolations(db, shapes, side) <= before) return;
  throw new SyncError(
    "SYNC_VERIFY_FAILED",
    `A foreign key over a generated column would break; nothing was committed.`,
    { next: "Bring the parent row over first, or choose other tables with --table." },
  );
}

/** A constraint that could not be seen beforehand: finds its rows one by one. */
async function findRefused(
  space: Workspace,
  sides: readonly SideNames[],
  error: unknown,
): Promise<Applied> {
  space.db.exec("ROLLBACK");
  await lockSides(space, sides, null);
  const violations = sides.flatMap((side) => locateViolations(space, side));
  space.db.exec("ROLLBACK");
  if (violations.length === 0) throw error;
  return { type: "refused", violations };
}

function hasViolations(space: Workspace): boolean {
  return findViolations(space).length > 0;
}

/** Rows that came underfoot in the last round break constraints: nobody is asked under the lock. */
function parkViolations(space: Workspace): void {
  for (let found = findViolations(space); found.length > 0; found = findViolations(space))
    park(space, found);
}

function giveUp({ db }: Workspace, result: Applied): Applied {
  db.exec("ROLLBACK");
  return result;
}

/** What was parked under the lock is kept; the sides were not written yet. */
function keepParked({ db }: Workspace): Applied {
  db.exec("COMMIT");
  return { type: "parked" };
}
