import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { SyncError, isSyncError } from "@sync/model";
import type { Policy } from "@sync/model";
import type { WatchEvent } from "@sync/watcher";
import type { NamedPair } from "../daemon/control.ts";
import { announceBirth, startInBackground } from "../daemon/detach.ts";
import { serviceUnit } from "../daemon/service-unit.ts";
import { watchUntilStopped } from "../daemon/watch-process.ts";
import type { Outcome } from "../exit-codes.ts";
import type { GivenPair } from "../operands.ts";
import { count, listText } from "../output/text.ts";
import { failedLine, pairTitle, recoveredLine, runLine } from "../output/watch-text.ts";
import type { LineOf } from "../output/watch-text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface WatchCommandOptions {
  readonly policy?: string;
  readonly detach?: true;
  readonly printService?: true;
  /** Hidden: this is the process that `--detach` started. */
  readonly inBackground?: true;
}

/** `dbsync watch`: until Ctrl-C, a polite kill or `dbsync stop`. */
export async function watch(
  session: Session,
  pairs: readonly GivenPair[],
  options: WatchCommandOptions,
): Promise<Outcome> {
  if (options.printService === true) return printService(session);
  if (options.detach === true) return detach(session, pairs);
  if (options.inBackground !== true) return watchHere(session, pairs, options);
  try {
    return await watchHere(session, pairs, options);
  } catch (error) {
    if (isSyncError(error)) {
      const { code, message, next } = error;
      await announceBirth({ type: "failed", code, message, next });
    }
    throw error;
  }
}

async function watchHere(
  session: Session,
  given: readonly GivenPair[],
  options: WatchCommandOptions,
): Promise<Outcome> {
  const { terminal } = session;
  const pairs = given.map((one) => namedPair(session, one));
  refuseMissing(pairs);
  const policy = await policyOf(session, options);
  const printer = createPrinter(session, pairs);
  // The watcher has patience of its own, and holds nothing while it waits.
  await withManager(
    session,
    async (manager) => {
      await manager.check();
      await watchUntilStopped({
        manager,
        pairs,
        policy,
        signal: session.signal,
        onEvent: printer.onEvent,
        onWatching: async () => {
          await terminal.print(beginning(pairs));
          await announceBirth({ type: "watching" });
        },
        onStopping: (running) => terminal.tell(ending(running)),
      });
    },
    { retryMs: 0 },
  );
  await printer.settled();
  await terminal.print("Stopped.");
  return "clean";
}

/** Prints one line for each run that did something, and each trouble once. */
function createPrinter(
  { terminal }: Session,
  pairs: readonly NamedPair[],
): { onEvent: (event: WatchEvent) => void; settled: () => Promise<void> } {
  const open = new Map<string, number>();
  let printed = Promise.resolve();
  const lineOf = (given: { readonly a: string; readonly b: string }): LineOf => ({
    pair: pairs.find(({ a, b }) => a === given.a && b === given.b) ?? { name: null, ...given },
    timeMs: Date.now(),
    colors: terminal.colors,
  });
  const print = (text: string): void => {
    if (text !== "") printed = printed.then(async () => terminal.print(text));
  };
  return {
    settled: async () => printed,
    onEvent: (event) => {
      switch (event.type) {
        case "run": {
          const line = lineOf(event.pair);
          const key = `${line.pair.a}\0${line.pair.b}`;
          print(runLine(event.report, open.get(key) ?? 0, line));
          open.set(key, event.report.conflicts.parked);
          return;
        }
        case "failed":
          terminal.tell(
            failedLine(event.error, event.retryMs, {
              ...lineOf(event.pair),
              colors: terminal.errorColors,
            }),
          );
          return;
        case "recovered":
          print(recoveredLine(lineOf(event.pair)));
          return;
        case "watching":
        case "stopped":
      }
    },
  };
}

async function detach(session: Session, pairs: readonly GivenPair[]): Promise<Outcome> {
  const { stateDir } = (await session.config()).settings;
  const pid = await startInBackground(
    process.argv.slice(2).filter((arg) => arg !== "--detach"),
    stateDir,
  );
  await session.terminal.print(
    `Watching ${count(pairs.length, "pair")} in the background (pid ${pid}).\n` +
      "dbsync status shows how it goes, dbsync log what happened, dbsync stop ends it.",
  );
  return "clean";
}

async function printService(session: Session): Promise<Outcome> {
  const args = process.argv.slice(2).filter((arg) => arg !== "--print-service");
  const [, program = ""] = process.argv;
  const command = [process.execPath, resolve(program), ...args.filter((arg) => arg !== "--detach")];
  const folder = resolve(session.path("."));
  await session.terminal.print(serviceUnit({ command, folder, env: process.env }));
  return "clean";
}

/** A path that is typed wrong is told at once; a configured database may come later. */
function refuseMissing(pairs: readonly NamedPair[]): void {
  for (const { name, a, b } of pairs) {
    const missing = name === null ? [a, b].find((path) => !existsSync(path)) : undefined;
    if (missing === undefined) continue;
    throw new SyncError("SYNC_DB_MISSING", `There is no database at ${missing}.`);
  }
}

async function policyOf(session: Session, { policy }: WatchCommandOptions): Promise<Policy | null> {
  if (policy === undefined) return null;
  const { loadPolicy } = await import("@sync/resolvers/load");
  return loadPolicy(policy, { from: session.path(".") });
}

function namedPair(session: Session, { name, pair }: GivenPair): NamedPair {
  return { name, a: resolve(session.path(pair.a)), b: resolve(session.path(pair.b)) };
}

function beginning(pairs: readonly NamedPair[]): string {
  const names = pairs.length > 5 ? count(pairs.length, "pair") : listText(pairs.map(pairTitle));
  return `Watching ${names}. Ctrl-C ends it.`;
}

function ending(running: readonly NamedPair[]): string {
  if (running.length === 0) return "Stopping.";
  return `Stopping: the run of ${listText(running.map(pairTitle))} is finished first.`;
}
