import { resolve } from "node:path";
import { listWatchers } from "@sync/core";
import type { WatcherInfo } from "@sync/core";
import { SyncError } from "@sync/model";
import { askWatcher } from "../daemon/ask-watcher.ts";
import type { PairReport } from "../daemon/control.ts";
import type { Outcome } from "../exit-codes.ts";
import type { GivenPair } from "../operands.ts";
import { jsonText } from "../output/json.ts";
import { statusDocument, statusText } from "../output/status-text.ts";
import type { WatcherStatus } from "../output/status-text.ts";
import { count } from "../output/text.ts";
import type { Session } from "../session.ts";

/** `dbsync status`: nothing that runs, trouble, or a conflict that waits is a finding. */
export async function status(
  session: Session,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const watchers = await Promise.all(
    (await livingWatchers(session)).map(async (one) => statusOf(one)),
  );
  const nowMs = Date.now();
  const text =
    json === true
      ? jsonText(statusDocument(watchers, nowMs), 2)
      : await statusText(watchers, nowMs, session.terminal);
  await session.terminal.print(text);
  const isFine = watchers.length > 0 && watchers.every(({ pairs }) => pairs?.every(isWell) ?? true);
  return isFine ? "clean" : "findings";
}

/** `dbsync stop`: asks every watcher to end, and ends those that do not in time. */
export async function stop(
  session: Session,
  { timeout, json }: { readonly timeout: number; readonly json?: true },
): Promise<Outcome> {
  const { terminal } = session;
  terminal.outliveReader();
  const watchers = await livingWatchers(session);
  if (watchers.length === 0 && json !== true) await terminal.print("No watcher is running.");
  const stopped: { readonly pid: number; readonly isKilled: boolean }[] = [];
  for (const watcher of watchers) {
    if (watcher.socket === null) throw notOurs(watcher);
    const isKilled = await stopOne(session, watcher, watcher.socket, timeout * 1000);
    stopped.push({ pid: watcher.pid, isKilled });
    if (json !== true) await terminal.print(stoppedText(watcher, isKilled));
  }
  const document = { schemaVersion: 1, command: "stop", watchers: stopped };
  if (json === true) await terminal.print(jsonText(document, 2));
  return "clean";
}

/** `dbsync resume`: a paused pair, or one that waits for its next try, is looked at now. */
export async function resume(
  session: Session,
  given: readonly GivenPair[],
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const pairs = given.map(({ pair }) => ({
    a: resolve(session.path(pair.a)),
    b: resolve(session.path(pair.b)),
  }));
  let resumed = 0;
  for (const { socket } of await livingWatchers(session)) {
    if (socket === null) continue;
    const request = { type: "resume", pairs: pairs.length === 0 ? null : pairs } as const;
    const answer = await askWatcher(socket, request);
    if (answer?.type === "resumed") resumed += answer.pairs;
  }
  if (resumed === 0) {
    const what = pairs.length === 0 ? "No watcher is running." : "No watcher has such a pair.";
    throw new SyncError("SYNC_USAGE", what, { next: "`dbsync status` shows what is watched." });
  }
  const document = { schemaVersion: 1, command: "resume", pairs: resumed };
  await session.terminal.print(
    json === true ? jsonText(document, 2) : `${count(resumed, "pair")} will be looked at now.`,
  );
  return "clean";
}

async function livingWatchers(session: Session): Promise<readonly WatcherInfo[]> {
  return listWatchers((await session.config()).settings.stateDir);
}

async function statusOf(watcher: WatcherInfo): Promise<WatcherStatus> {
  const { socket } = watcher;
  const answer = socket === null ? null : await askWatcher(socket, { type: "status" });
  return { watcher, pairs: answer?.type === "status" ? answer.pairs : null };
}

function isWell({ state, error, openConflicts }: PairReport): boolean {
  return error === null && state !== "paused" && (openConflicts ?? 0) === 0;
}

/** @returns whether it had to be killed */
async function stopOne(
  session: Session,
  { pid }: WatcherInfo,
  socket: string,
  timeoutMs: number,
): Promise<boolean> {
  await askWatcher(socket, { type: "stop" });
  if (await isGone(session, pid, timeoutMs)) return false;
  process.kill(pid, "SIGKILL");
  await isGone(session, pid, timeoutMs);
  return true;
}

function stoppedText({ pid }: WatcherInfo, isKilled: boolean): string {
  return isKilled
    ? `It did not end in time and was killed (pid ${pid}). Nothing is lost: the next run finishes what it began.`
    : `Stopped (pid ${pid}).`;
}

const LOOK_MS = 50;

/** Its lock goes with the process, so that a new watcher can begin when this returns. */
async function isGone(session: Session, pid: number, timeoutMs: number): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const watchers = await livingWatchers(session);
    if (watchers.every((watcher) => watcher.pid !== pid)) return true;
    if (performance.now() >= endMs) return false;
    await new Promise((wake) => {
      setTimeout(wake, LOOK_MS);
    });
  }
}

function notOurs({ pid }: WatcherInfo): SyncError {
  return new SyncError("SYNC_WATCHED", `The application with pid ${pid} watches pairs itself.`, {
    next: "Close that application.",
  });
}
