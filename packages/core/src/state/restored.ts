import type Database from "better-sqlite3";
import type { Side } from "@sync/model";
import type { StateMark } from "./epoch.ts";
import { readOwnJson } from "./own-json.ts";

/**
 * A restore that was begun: noted in every pair's state before the database is touched, and taken away
 * in the transaction that carries it into the base. Found there later, the restore was interrupted.
 */
export interface RestoreNote {
  /** The backup that was being put back. */
  readonly backup: string;
  readonly sha256: string;
  /** Where this state stood when the backup was taken; `null`: nobody knows. */
  readonly mark: StateMark | null;
  /** How it shows whether the database was written. */
  readonly sign: RestoreSign;
  /** Where what was replaced is kept. */
  readonly replaced: string | null;
  readonly timeMs: number;
}

/**
 * In place: SQLite's backup moves the schema cookie by one in the transaction that writes everything.
 * By another file: which one it was going to be, by `fileIdentity`.
 */
export type RestoreSign =
  | { readonly type: "cookie"; readonly before: number; readonly after: number }
  | { readonly type: "file"; readonly after: string };

export function noteRestore(db: Database.Database, side: Side, note: RestoreNote): void {
  db.prepare("INSERT OR REPLACE INTO state.sync_meta VALUES (?, ?)").run(
    nameOf(side),
    JSON.stringify(note),
  );
}

export function readRestoreNote(db: Database.Database, side: Side): RestoreNote | null {
  const text = db
    .prepare("SELECT value FROM state.sync_meta WHERE name = ?")
    .pluck()
    .get(nameOf(side)) as string | undefined;
  return text === undefined ? null : readOwnJson(text, isRestoreNote);
}

function isRestoreNote(value: unknown): value is RestoreNote {
  if (typeof value !== "object" || value === null) return false;
  return (
    "backup" in value &&
    typeof value.backup === "string" &&
    "mark" in value &&
    (value.mark === null || isMark(value.mark)) &&
    "sign" in value &&
    isSign(value.sign)
  );
}

function isMark(value: unknown): value is StateMark {
  return typeof value === "object" && value !== null && "state" in value && "epoch" in value;
}

function isSign(value: unknown): value is RestoreSign {
  return typeof value === "object" && value !== null && "type" in value && "after" in value;
}

export function clearRestoreNote(db: Database.Database, side: Side): void {
  db.prepare("DELETE FROM state.sync_meta WHERE name = ?").run(nameOf(side));
}

function nameOf(side: Side): string {
  return `restored:${side}`;
}

/** Whether the restore took effect; `unknown`: the schema was changed since, too. */
export function judgeRestore(
  { sign }: RestoreNote,
  found: { readonly cookie: number; readonly identity: string },
): "done" | "not-done" | "unknown" {
  if (sign.type === "file") return found.identity === sign.after ? "done" : "not-done";
  if (found.cookie === sign.after) return "done";
  return found.cookie === sign.before ? "not-done" : "unknown";
}
