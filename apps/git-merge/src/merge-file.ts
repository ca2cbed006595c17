import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { SyncError, isSyncError, keyToText } from "@sync/model";
import type { ConflictOutcome, SyncErrorCode } from "@sync/model";
import { loadPolicy } from "@sync/resolvers/load";
import { levelSchemas } from "./level-schemas.ts";
import { bringSettings, keepJournalMode } from "./settings.ts";
import { copyInto } from "./versions.ts";
import type { Versions } from "./versions.ts";

const NO_ANCESTOR = "These histories met before, and their common ancestors disagree:";

// What is about the files themselves, which a person can mend. Everything else ends the merge.
const ABOUT_THE_FILES: readonly SyncErrorCode[] = [
  "SYNC_SCHEMA_MISMATCH",
  "SYNC_UNSUPPORTED",
  "SYNC_NOT_A_DATABASE",
  "SYNC_CORRUPT",
  "SYNC_UNKNOWN_POLICY",
];

/** Merges one file: 0 where the rows of both sides are in it, 1 where a person has to look. */
export async function mergeFile(versions: Versions, policy: string): Promise<number> {
  const { path } = versions;
  refuseOpen(path);
  const { open, isWritten } = await mergeOrSay(versions, policy);
  if (open.length === 0) return 0;
  const file = isWritten ? "Everything else is merged, and these are" : "Nothing is merged: it is";
  const lines = [...open, `${file} as our side has it. See: git diff :2:${path} :3:${path}`];
  for (const line of lines) console.error(`${path}: ${line}`);
  return 1;
}

/**
 * Merges two ancestors into one. Where they disagree there is no right one: whichever row it held, a merge
 * against it would take the other for the newer without asking. git goes on with what is in the file, also
 * after a conflict, so that it gets something that no merge takes for a database.
 */
export async function mergeAncestors(versions: Versions): Promise<number> {
  const { open } = await mergeOrSay(versions, "manual");
  if (open.length > 0) writeFileSync(versions.ours, [NO_ANCESTOR, ...open].join("\n"));
  return open.length === 0 ? 0 : 1;
}

/** What came of it. */
interface Merged {
  /** What a person has to decide, in words. */
  readonly open: readonly string[];
  /** The file of ours holds the result. */
  readonly isWritten: boolean;
}

async function mergeOrSay(versions: Versions, policy: string): Promise<Merged> {
  try {
    return await merge(versions, policy);
  } catch (error) {
    if (!isSyncError(error) || !ABOUT_THE_FILES.includes(error.code)) throw error;
    return { open: [`${error.code}: ${error.message} ${error.next}`], isWritten: false };
  }
}

async function merge(versions: Versions, policyName: string): Promise<Merged> {
  const ancestor = readFileSync(versions.ancestor);
  if (ancestor.includes(NO_ANCESTOR)) {
    return { open: ancestor.toString().split("\n"), isWritten: false };
  }
  const folder = mkdtempSync(join(tmpdir(), "git-merge-sqlite-"));
  const engine = new DatabaseSynchronizationEngine({ stateDir: join(folder, "state") });
  try {
    const copies = copyInto(folder, versions);
    const open = [...(await levelSchemas(engine, copies)), ...bringSettings(copies)];
    if (open.length > 0) return { open, isWritten: false };
    const { ancestor: base, ours: a, theirs: b } = copies;
    const out = join(folder, "merged.db");
    const policy = await loadPolicy(policyName, { from: process.cwd() });
    const parked: string[] = [];
    const { conflicts, leftOut } = await engine.sync(
      { a, b },
      {
        policy,
        out,
        ...(base === null ? {} : { base }),
        // What a branch deleted stays in the history: nothing is lost by it.
        maxDeletePercent: 100,
        onConflict: (outcome) => {
          if (outcome.outcome === "parked") parked.push(inWords(outcome));
          else console.error(`${versions.path}: ${inWords(outcome)}`);
        },
      },
    );
    keepJournalMode(a, out);
    copyFileSync(out, versions.ours);
    if (conflicts.parked !== parked.length) {
      throw new SyncError("SYNC_INTERNAL", `${conflicts.parked} conflicts, ${parked.length} told.`);
    }
    // Nobody can tell whether they differ.
    const unseen = leftOut.map((table) => `the rows of ${table} cannot be merged`);
    return { open: [...parked, ...unseen], isWritten: true };
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Refuses to have a file replaced whose last commits lie in a journal beside it: they are in no version that
 * git has, and with another main file the journal is damage. git writes nothing then.
 */
function refuseOpen(path: string): void {
  for (const journal of [`${path}-wal`, `${path}-journal`]) {
    const size = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) continue;
    throw new SyncError("SYNC_LOCKED", `${journal} holds edits that are in no commit.`, {
      next: `Close the program that uses ${path} (or run: sqlite3 ${path} "PRAGMA wal_checkpoint(TRUNCATE)"), commit, and merge again.`,
    });
  }
}

function inWords({ table, key, kind, disputed, policy, reason }: ConflictOutcome): string {
  const about = kind === "update/update" ? `both changed ${disputed.join(", ")}` : kind;
  return `${table} ${keyToText(key)}: ${about} (${policy}: ${reason})`;
}
