import type { EventLevel, SyncEvent } from "@sync/model";

type Fields = Readonly<Record<string, unknown>>;

/** What this program tells goes through one of these; the logger of your own application will do as well. */
export type Log = (level: EventLevel, event: string, fields: Fields) => void;

/** Logs one line for each event: when, how serious, what, and the fields as JSON. */
export function createLogger(
  write: (line: string) => void,
  now: () => Date = () => new Date(),
): Log {
  return (level, event, fields) =>
    write(`${now().toISOString()} ${level.toUpperCase().padEnd(5)} ${event} ${toJson(fields)}`);
}

/** What the engine tells of a run. That one begins is told by how it ends. */
export function logRuns(log: Log): (event: SyncEvent) => void {
  return ({ event, level, fields }) => {
    if (event === "sync_start" || (event === "sync_complete" && isIdle(fields))) return;
    const { a: _, b: __, ...rest } = fields;
    log(level, event, rest);
  };
}

interface Counts {
  readonly toA: Fields;
  readonly toB: Fields;
}

/** A run that wrote nothing is no news, except for the first one: from it on, there is something to compare with. */
function isIdle({ tables, firstRun }: Fields): boolean {
  if (firstRun === true) return false;
  // What `sync_complete` holds under this name: the tables of a SyncReport.
  const counts = (tables ?? []) as readonly Counts[];
  return counts.every(({ toA, toB }) =>
    [...Object.values(toA), ...Object.values(toB)].every((count) => count === 0),
  );
}

function toJson(fields: Fields): string {
  return JSON.stringify(fields, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
