import { SyncError, isSyncError } from "@sync/model";
import type { SyncReport } from "@sync/model";
import { readSigns } from "./file-signs.ts";
import type { FileSigns } from "./file-signs.ts";
import type { Urgency } from "./pair-state.ts";
import type { RunOptions, SyncTarget, WatchedPair } from "./target.ts";

/** What a look at a pair found. */
export type Look =
  | { readonly type: "nothing" }
  | { readonly type: "too-young"; readonly untilMs: number }
  | { readonly type: "done"; readonly report: SyncReport }
  | { readonly type: "failed"; readonly error: SyncError };

export interface LookRequest {
  readonly target: SyncTarget;
  readonly pair: WatchedPair;
  readonly options: RunOptions;
  readonly urgency: Urgency;
  /** It does not wait until all is written: who knows is asked, and no file touched. */
  readonly isEager: boolean;
  /** The signs before the last run or the last "no"; `null` before the first one. */
  readonly before: FileSigns | null;
  readonly now: () => number;
  /** Called when a run begins. */
  readonly onRun: () => void;
}

/**
 * Looks whether something happened to a pair, and synchronizes it then. Never throws.
 *
 * @returns with the signs from before the look: a write during it shows as a difference to them
 */
export async function lookAtPair(
  request: LookRequest,
): Promise<{ readonly look: Look; readonly signs: FileSigns }> {
  const { target, pair, urgency, isEager, before, now } = request;
  const isKnown = before !== null && target.hasChanged !== undefined;
  // Polls are most of what is done where nothing happens: whom there is to ask is asked, and no file touched.
  const isAsked = isKnown && (urgency === "poll" || isEager);
  if (isAsked && (await saysNo(target, pair))) return { look: { type: "nothing" }, signs: before };
  // Whoever is asked holds the pair from then on: the first run, which reads everything, is of use to the next.
  if (before === null) await saysNo(target, pair);
  const signs = await readSigns([pair.a, pair.b], now());
  const isCertain = isKnown && isEager;
  const look = (isCertain ? null : await lookWithoutRun(request, signs)) ?? (await run(request));
  // Too young to tell stays so: only a run finds out.
  return { look, signs: look.type === "too-young" ? (request.before ?? signs) : signs };
}

/** What can be said without a run; `null` where only a run can tell. */
async function lookWithoutRun(
  { target, pair, urgency, before, now }: LookRequest,
  signs: FileSigns,
): Promise<Look | null> {
  if (before === null || urgency === "asked" || urgency === "retry") return null;
  // At the poll the files were not believed where there is somebody to ask: some file systems show old ones.
  if (urgency === "poll" && target.hasChanged !== undefined) return null;
  // Whoever reads a database makes and removes journals: what is heard of is no change yet.
  if (signs.text === before.text) {
    const untilMs = before.youngUntilMs;
    if (untilMs === null) return { type: "nothing" };
    // Who can be asked knows without waiting for the clock.
    const isTold = target.hasChanged !== undefined;
    if (untilMs > now() && !isTold) return { type: "too-young", untilMs };
  }
  return (await saysNo(target, pair)) ? { type: "nothing" } : null;
}

async function saysNo(target: SyncTarget, pair: WatchedPair): Promise<boolean> {
  try {
    return (await target.hasChanged?.(pair)) === false;
  } catch {
    // The run that follows meets the same trouble, and tells it.
    return false;
  }
}

async function run({ target, pair, options, onRun }: LookRequest): Promise<Look> {
  if (options.signal?.aborted === true) return { type: "nothing" };
  onRun();
  try {
    return { type: "done", report: await target.sync(pair, options) };
  } catch (cause) {
    if (isSyncError(cause)) return { type: "failed", error: cause };
    const text = cause instanceof Error ? cause.message : String(cause);
    return { type: "failed", error: new SyncError("SYNC_INTERNAL", text, { cause }) };
  }
}
