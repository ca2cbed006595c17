import { EVENT_NAMES, SyncError, nearestNames } from "@sync/model";
import type { EventName } from "@sync/model";
import type { ListEventsOptions } from "@sync/manager";
import type { Outcome } from "../exit-codes.ts";
import { pairOf } from "../operands.ts";
import { jsonText } from "../output/json.ts";
import { entryText } from "../output/log-text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";
import { parseSince } from "../since.ts";

/** As the command line names them. */
export interface LogCommandOptions {
  /** Names with commas between them. */
  readonly event?: string;
  readonly since?: string;
  /** A name, or two paths. */
  readonly pair?: readonly string[];
  readonly follow?: true;
  readonly json?: true;
}

/** `dbsync log`: the oldest first. With `--follow` until the command is ended; then `--json` is a line each. */
export async function log(session: Session, options: LogCommandOptions): Promise<Outcome> {
  const query = await queryOf(session, options);
  const { terminal } = session;
  return withManager<Outcome>(session, async (manager) => {
    const entries: object[] = [];
    for await (const entry of manager.listEvents(query)) {
      if (options.json !== true) await terminal.print(entryText(entry, terminal));
      else if (options.follow === true) await terminal.print(jsonText(entryDocument(entry)));
      else entries.push(entryDocument(entry));
    }
    if (options.json === true && options.follow !== true) {
      const { file } = manager.settings.log;
      await terminal.print(jsonText({ schemaVersion: 1, command: "log", file, entries }, 2));
    }
    return "clean";
  });
}

function entryDocument({
  timeMs,
  ...entry
}: {
  readonly timeMs: number;
  readonly fields: object;
}): object {
  const { fields, ...words } = entry;
  return { time: new Date(timeMs).toISOString(), ...words, ...fields };
}

async function queryOf(
  session: Session,
  { event, since, pair, follow }: LogCommandOptions,
): Promise<ListEventsOptions> {
  return {
    signal: session.signal,
    follow: follow === true,
    ...(event === undefined ? {} : { events: event.split(",").map(eventNamed) }),
    ...(since === undefined ? {} : { sinceMs: await parseSince(since, Date.now()) }),
    ...(pair === undefined ? {} : { pair: await pairOf(session, pair) }),
  };
}

function eventNamed(word: string): EventName {
  const wanted = word.trim().toLowerCase().replaceAll("-", "_");
  const found = EVENT_NAMES.find((name) => name === wanted);
  if (found !== undefined) return found;
  const [nearest] = nearestNames(wanted, EVENT_NAMES, 1);
  throw new SyncError("SYNC_USAGE", `No event is named ${JSON.stringify(word)}.`, {
    details: { known: EVENT_NAMES },
    next: nearest === undefined ? `Events: ${EVENT_NAMES.join(", ")}.` : `Did you mean ${nearest}?`,
  });
}
