import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { Progress } from "@sync/model";
import { toSyncError } from "../sqlite/errors.ts";
import { canonicalPath, fileIdentity, findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import { createSide } from "./create-side.ts";
import type { LineageChoice, Pair } from "./options.ts";
import type { RunRequest } from "./request.ts";
import type { Step } from "./steps.ts";

/** The part of a call that can be sent to a worker: plain data. */
export interface SyncCall {
  readonly pair: Pair;
  readonly stateDir: string;
  readonly tables: readonly string[] | null;
  readonly dryRun: boolean;
  readonly maxDeletePercent: number;
  readonly create: boolean;
  readonly lineage: LineageChoice | null;
  readonly base: string | null;
  readonly out: string | null;
  readonly busyTimeoutMs: number;
  readonly policy: { readonly name: string; readonly version: string | null };
  readonly startedMs: number;
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
  const scratch =
    call.out !== null || (call.dryRun && call.create)
      ? mkdtempSync(join(tmpdir(), "dbsync-"))
      : null;
  const cleanUp = (): void => {
    if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
  };
  try {
    const files = findSides(call, scratch);
    refuseSameFile(files.a, files.b);
    const ancestor = call.base === null ? null : findDatabase(call.base, { write: false });
    const out = call.out === null ? null : await prepareOut(call.out, files);
    const sides = out === null ? files : { a: out.draft, b: files.b };
    const swapped = out === null && sides.b.path < sides.a.path;
    const ordered = swapped ? { a: sides.b, b: sides.a } : sides;
    const request: RunRequest = {
      files: ordered,
      identities: { a: fileIdentity(ordered.a.path), b: fileIdentity(ordered.b.path) },
      stateDir: out === null ? call.stateDir : join(scratch ?? tmpdir(), "state"),
      tables: call.tables,
      dryRun: call.dryRun,
      lineage: call.lineage,
      ancestor,
      writable: { a: true, b: out === null },
      policy: call.policy,
      startedMs: call.startedMs,
      settings: {
        ...hooks,
        maxDeletePercent: call.maxDeletePercent,
        busyTimeoutMs: call.busyTimeoutMs,
        random: Math.random,
      },
    };
    return {
      request,
      swapped,
      finish: () => out?.publish(),
      cleanUp: () => {
        out?.discard();
        cleanUp();
      },
    };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

function findSides(call: SyncCall, scratch: string | null): Record<"a" | "b", DatabaseFile> {
  const { pair } = call;
  const write = !call.dryRun && call.out === null;
  const missing = (["a", "b"] as const).filter((side) => !existsSync(canonicalPath(pair[side])));
  const [side] = missing;
  if (!call.create || side === undefined || missing.length === 2) {
    return { a: findDatabase(pair.a, { write }), b: findDatabase(pair.b, { write }) };
  }
  const other = findDatabase(pair[side === "a" ? "b" : "a"], { write });
  const path =
    call.dryRun && scratch !== null ? join(scratch, "new.sqlite") : canonicalPath(pair[side]);
  createSide(path, other);
  const made: DatabaseFile = { path, given: pair[side], writable: true };
  return side === "a" ? { a: made, b: other } : { a: other, b: made };
}

interface Out {
  /** A copy of side a, beside where the result shall be. */
  readonly draft: DatabaseFile;
  publish(): void;
  discard(): void;
}

/** Side a's copy becomes the result; both inputs stay untouched. */
async function prepareOut(given: string, files: Record<"a" | "b", DatabaseFile>): Promise<Out> {
  const path = canonicalPath(given);
  if (existsSync(path)) {
    throw new SyncError("SYNC_USAGE", `${given} exists already; --out never overwrites.`, {
      next: "Name a file that does not exist yet.",
    });
  }
  const draft = findNewFile(path);
  const source = new Database(files.a.path, { readonly: true });
  try {
    await source.backup(draft);
  } catch (error) {
    throw toSyncError(error, given);
  } finally {
    source.close();
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
