import type { MessagePort } from "node:worker_threads";
import type {
  Conflict,
  DatabaseRow,
  Decision,
  Progress,
  RowDiff,
  SyncErrorCode,
  SyncErrorDetails,
} from "@sync/model";
import { SyncError, isSyncError } from "@sync/model";
import type { ScanAnswer, ScanRequest } from "../sqlite/pages/scan-request.ts";
import type { BackupCall } from "../backup/backup-call.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import type { InboxQuery } from "../state/inbox.ts";
import type { LedgerQuery } from "../state/ledger.ts";
import type { HeldQuestion } from "./live/held-pairs.ts";
import type { HandCall } from "./limited-call.ts";
import type { StateCall } from "./open-state.ts";
import type { Pair } from "./options.ts";
import type { ApplyOptions } from "./apply-schema.ts";
import type { SyncCall } from "./prepare.ts";
import type { ByHand } from "./resolve.ts";
import type { SchemaOptions } from "./schema.ts";
import type { UndoTarget, UndoWish } from "./undo.ts";

/** What a reading call may be told, as plain data. */
export interface ReadCall {
  readonly tables: readonly string[] | null;
  readonly view: ViewOptions;
  readonly busyTimeoutMs: number;
  /** A comparison may ask the caller to have pages scanned. */
  readonly scansPages: boolean;
}

/** A comparison, as counts, rows or a patch. */
export interface DiffCall {
  readonly type: "diff" | "diff-rows" | "diff-patch";
  readonly pair: Pair;
  readonly read: ReadCall;
}

/** Every row of one database. */
export interface RowsCall {
  readonly type: "rows";
  readonly database: string;
  readonly read: ReadCall;
}

/** About pairs that a thread holds; the result of `have-changed` is a boolean for each question. */
export type HeldCall =
  | { readonly type: "hold" | "release"; readonly pair: Pair }
  | { readonly type: "have-changed"; readonly questions: readonly HeldQuestion[] }
  | { readonly type: "release-all" };

/** What a call gives one at a time: a row that differs, a line of a patch, a row. */
export type Item = RowDiff | DatabaseRow | string;

/** A call as it travels to a worker. `cancelled`: one Int32, non-zero once the caller gave up. */
export type Call =
  | { readonly type: "sync"; readonly sync: SyncCall; readonly held: boolean }
  | HeldCall
  | DiffCall
  | RowsCall
  | BackupCall
  | { readonly type: "conflicts"; readonly state: StateCall; readonly query: InboxQuery }
  | { readonly type: "conflict"; readonly state: StateCall; readonly id: number }
  | { readonly type: "ledger"; readonly state: StateCall; readonly query: LedgerQuery }
  | { readonly type: "resolve"; readonly hand: HandCall; readonly decisions: readonly ByHand[] }
  | {
      readonly type: "undo";
      readonly hand: HandCall;
      readonly target: UndoTarget;
      readonly wish: UndoWish;
    }
  | { readonly type: "schema"; readonly pair: Pair; readonly schema: SchemaOptions }
  | { readonly type: "apply-schema"; readonly pair: Pair; readonly schema: ApplyOptions }
  | { readonly type: "validate"; readonly databases: readonly string[]; readonly read: ReadCall };

/** Kinds of calls that a thread can make itself ready for. */
export type Work = "diff" | "diff-pages" | "sync" | "sync-pages" | "conflicts" | "ledger";

/** To the worker: a call, with the port over which it is talked about, or the hint which one is going to be made. */
export type ToWorker =
  | {
      readonly type: "call";
      readonly call: Call;
      readonly cancelled: SharedArrayBuffer;
      readonly port: MessagePort;
    }
  | { readonly type: "prepare"; readonly work: Work };

/** To a call: the answers of a policy or a scan, or leave to send the next rows. */
export type ToCall =
  | { readonly type: "answers"; readonly answers: readonly (Decision | undefined)[] }
  | { readonly type: "scanned"; readonly answer: ScanAnswer }
  | { readonly type: "more" };

/** From a call. Every `ask` and every `rows` waits for its answer; the last word is `done` or `failed`. */
export type FromCall =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "ask"; readonly conflicts: readonly Conflict[] }
  | { readonly type: "scan"; readonly request: ScanRequest }
  | { readonly type: "items"; readonly items: readonly Item[] }
  | { readonly type: "done"; readonly result: unknown }
  | { readonly type: "failed"; readonly error: PlainError };

/** A SyncError as plain data: an Error's own fields do not survive a message. */
export interface PlainError {
  readonly code: SyncErrorCode;
  readonly message: string;
  readonly next: string;
  readonly details: SyncErrorDetails;
  readonly cause: string;
}

export function toPlainError(error: unknown): PlainError {
  const known = isSyncError(error)
    ? error
    : new SyncError("SYNC_INTERNAL", error instanceof Error ? error.message : String(error), {
        cause: error,
      });
  const cause = known.cause instanceof Error ? (known.cause.stack ?? known.cause.message) : "";
  return {
    code: known.code,
    message: known.message,
    next: known.next,
    details: known.details,
    cause,
  };
}

export function fromPlainError({ code, message, next, details, cause }: PlainError): SyncError {
  return new SyncError(code, message, { next, details, ...(cause === "" ? {} : { cause }) });
}
