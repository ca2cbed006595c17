import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { SyncError, otherSide } from "@sync/model";
import type { Direction, Progress, Side } from "@sync/model";
import { toSyncError } from "../sqlite/errors.ts";
import { canonicalPath, fileIdentity, findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { TableOptions } from "../reconcile/merge.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import type { LedgerLimits } from "../state/retention.ts";
import { isOtherWayRound } from "../state/sides.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { createSide } from "./create-side.ts";
import { checkDirection, oneWayOf } from "./direction.ts";
import type { LineageChoice, Pair, ScanChoice } from "./options.ts";
import type { RunRequest } from "./request.ts";
import type { Step } from "./steps.ts";

/** The part of a call that can be sent to a worker: plain data. */
export interface SyncCall {
  readonly pair: Pair;
  readonly stateDir: string;
  readonly tables: readonly string[] | null;
  readonly view?: ViewOptions;
  readonly dryRun: boolean;
  readonly maxDeletePercent: number;
  readonly create: boolean;
  readonly lineage: LineageChoice | null;
  readonly base: string | null;
  readonly out: string | null;
  /** Default `two-way`. */
  readonly direction?: Direction;
  /** The person agreed to what a mirror overwrites. */
  readonly confirmed?: boolean;
  readonly busyTimeoutMs: number;
  readonly ledger?: LedgerLimits;
  readonly tableOptions?: readonly TableOptions[];
  readonly references?: readonly SoftReference[];
  readonly policy: { readonly name: string; readonly version: string | null };
  readonly startedMs: number;
  /** Default `auto`. */
  readonly scan?: ScanChoice;
}

/** What a run reports while it works. */
export interface CallHooks {
  readonly onProgress: (progress: Progress) => void;
  readonly throwIfCancelled: () => void;
  readonly onStep: (step: Step) => void;
}

/** A request with its sides in the order of the state, and what to do when it is over. */
export interface PreparedCall {
  readonly request: RunRequest;
  /** The caller's `a` is the state's `b`. */
  readonly swapped: boolean;
  /** Puts the result where it belongs, after a run that ended well. */
  finish(): void;
  /** Removes what was only needed for the run. Always called. */
  cleanUp(): void;
}

/**
 * Finds the files, makes a missing side, prepares `--out`, and orders the sides by location.
 *
 * @throws SyncError SYNC_DB_MISSING, SYNC_NOT_A_FILE, SYNC_PERMISSION, SYNC_SAME_FILE, SYNC_USAGE
 */
export async function prepareCall(call: SyncCall, hooks: CallHooks): Promise<PreparedCall> {
  const scratch = createScratch();
  let out: Out | null = null;
  const cleanUp = (): void => {
    out?.discard();
    scratch.remove();
  };
  try {
    refuseMapWith(call);
    const direction = checkDirection(call.direction ?? "two-way");
    const files = findSides(call, direction, scratch);
    refuseSameFile(files.a, files.b);
    const base = call.base === null ? null : findDatabase(call.base, { write: false });
    // Attached to be written, a file's log is checkpointed at the end: what must stay as it is, is copied.
    const ancestor = base === null ? null : await copyOf(base, scratch.path("ancestor.sqlite"));
    // The result is the side that is written to: where both are, side a's copy.
    const written = oneWayOf(direction, false)?.target ?? "a";
    out = call.out === null ? null : await prepareOut(call.out, files[written]);
    const sides = out === null ? files : await sidesForOut(files, out.draft, written, scratch);
    const swapped = out === null && isOtherWayRound(call.stateDir, sides.a.path, sides.b.path);
    const ordered = swapped ? { a: sides.b, b: sides.a } : sides;
    const oneWay = oneWayOf(direction, swapped);
    const only = oneWay?.target ?? (out === null ? null : written);
    const request: RunRequest = {
      files: ordered,
      swapped,
      identities: { a: fileIdentity(ordered.a.path), b: fileIdentity(ordered.b.path) },
      stateDir: out === null ? call.stateDir : scratch.path("state"),
      tables: call.tables,
      view: call.view ?? {},
      dryRun: call.dryRun,
      // A side that was just made never agreed on anything: it is empty, not emptied.
      lineage: files.made ? "forget" : call.lineage,
      ancestor,
      writable: { a: only !== "b", b: only !== "a" },
      direction,
      oneWay,
      confirmed: call.confirmed ?? false,
      tableOptions: call.tableOptions ?? [],
      references: call.references ?? [],
      policy: call.policy,
      startedMs: call.startedMs,
      chosen: null,
      // A base that is there for one run only has no pages that anybody remembers.
      scan: ancestor === null && out === null ? (call.scan ?? "auto") : "full",
      settings: {
        ...hooks,
        maxDeletePercent: call.maxDeletePercent,
        busyTimeoutMs: call.busyTimeoutMs,
        ledger: call.ledger ?? {},
        random: Math.random,
      },
    };
    return { request, swapped, finish: () => out?.publish(), cleanUp };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

/** A folder for what is thrown away after the run, made when it is first needed: most runs need none. */
interface Scratch {
  path(name: string): string;
  remove(): void;
}

function createScratch(): Scratch {
  let folder: string | null = null;
  return {
    path: (name) => join((folder ??= mkdtempSync(join(tmpdir(), "dbsync-"))), name),
    remove: () => {
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A new side, or an ancestor, has one side's names: which one's cannot be told. */
function refuseMapWith({ view, create, base, pair }: SyncCall): void {
  if (view?.map === undefined || Object.keys(view.map).length === 0) return;
  const isMade = (["a", "b"] as const).some((side) => !existsSync(canonicalPath(pair[side])));
  if ((!create || !isMade) && base === null) return;
  const what = base === null ? "A side cannot be made" : "An ancestor cannot be named";
  throw new SyncError("SYNC_USAGE", `${what} for a pair whose tables are mapped.`, {
    next:
      base === null
        ? "Make the database with its own tables first, then sync."
        : "Leave --base out, or compare without the map.",
  });
}

/** A consistent copy, by SQLite's backup; the original is only read. */
async function copyOf(file: DatabaseFile, path: string): Promise<DatabaseFile> {
  const source = new Database(file.path, { readonly: true });
  try {
    await source.backup(path);
  } catch (error) {
    throw toSyncError(error, file.given);
  } finally {
    source.close();
  }
  return { path, given: file.given, writable: true };
}

interface Sides extends Record<"a" | "b", DatabaseFile> {
  /** One of them did not exist before. */
  readonly made: boolean;
}

/** Both sides are copies: the one that becomes the result beside it, the other where it is thrown away. */
async function sidesForOut(
  files: Record<"a" | "b", DatabaseFile>,
  draft: DatabaseFile,
  written: Side,
  scratch: Scratch,
): Promise<Record<"a" | "b", DatabaseFile>> {
  const other = otherSide(written);
  const copy = await copyOf(files[other], scratch.path(`${other}.sqlite`));
  return written === "a" ? { a: draft, b: copy } : { a: copy, b: draft };
}

function findSides(call: SyncCall, direction: Direction, scratch: Scratch): Sides {
  const { pair } = call;
  const oneWay = oneWayOf(direction, false);
  // A source is only read, and may lie where nobody may write.
  const write = (side: Side): boolean =>
    !call.dryRun && call.out === null && side !== oneWay?.source;
  const missing = (["a", "b"] as const).filter((side) => !existsSync(canonicalPath(pair[side])));
  const [side] = missing;
  if (call.create && side !== undefined && side === oneWay?.source) {
    // An empty one would empty the target of a mirror.
    throw new SyncError(
      "SYNC_DB_MISSING",
      `There is no database at ${pair[side]}, and a source is never made.`,
      { next: "Check the path, and which of the two is a." },
    );
  }
  if (!call.create || side === undefined || missing.length === 2) {
    const found = (one: Side): DatabaseFile => findDatabase(pair[one], { write: write(one) });
    return { a: found("a"), b: found("b"), made: false };
  }
  const other = findDatabase(pair[otherSide(side)], { write: write(otherSide(side)) });
  const isTrial = call.dryRun || call.out !== null;
  const path = isTrial ? scratch.path("new.sqlite") : canonicalPath(pair[side]);
  createSide(path, other);
  const made: DatabaseFile = { path, given: pair[side], writable: true };
  return side === "a" ? { a: made, b: other, made: true } : { a: other, b: made, made: true };
}

interface Out {
  /** A copy of the side that is written to, beside where the result shall be. */
  readonly draft: DatabaseFile;
  publish(): void;
  discard(): void;
}

/** The copy of one side becomes the result; both inputs stay untouched. */
async function prepareOut(given: string, side: DatabaseFile): Promise<Out> {
  const path = canonicalPath(given);
  if (existsSync(path)) {
    throw new SyncError("SYNC_USAGE", `${given} exists already; --out never overwrites.`, {
      next: "Name a file that does not exist yet.",
    });
  }
  const draft = findNewFile(path);
  try {
    await copyOf(side, draft);
  } catch (error) {
    removeWithJournals(draft);
    throw error;
  }
  return {
    draft: { path: draft, given, writable: true },
    publish: () => publishDraft(draft, path),
    discard: () => removeWithJournals(draft),
  };
}

function findNewFile(path: string): string {
  const draft = `${path}.dbsync-new`;
  findFolder(dirname(path));
  removeWithJournals(draft);
  return draft;
}

function findFolder(folder: string): void {
  if (existsSync(folder)) return;
  throw new SyncError("SYNC_USAGE", `There is no folder ${folder}.`, {
    next: "Make it first, or name another place.",
  });
}

/** As one file without a journal: VACUUM INTO would change rowids, so the draft leaves WAL mode instead. */
function publishDraft(draft: string, path: string): void {
  const db = new Database(draft);
  try {
    db.pragma("journal_mode = DELETE");
  } finally {
    db.close();
  }
  renameSync(draft, path);
}

function removeWithJournals(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"])
    rmSync(`${path}${suffix}`, { force: true });
}
