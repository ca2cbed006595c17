import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DatabaseSynchronizationEngine } from "@sync/core";
import type { Pair } from "@sync/core";
import { SyncWatcher } from "@sync/watcher";
import Database from "better-sqlite3";
import type { LagOrders } from "../live/lag-writer.ts";
import { runOneWriter } from "../live/one-writer.ts";
import { sustain } from "../live/sustained.ts";
import type { SustainedOptions, SustainedReport } from "../live/sustained.ts";
import type { Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";

const LAG_WRITER = fileURLToPath(new URL("../../dist/live/lag-writer.js", import.meta.url));

/** Of one series of edits. */
const LAG_LIMIT_MS = 45_000;

/** Of the filling: about a hundred bytes a row. */
const ROWS_PER_MEGABYTE = 9_000;

/** From a commit in another process until the other side shows it, for pairs of 1 MB. */
export async function measureLag(pairs: number, edits: number): Promise<Result> {
  return inWorkplace(async (place) => {
    const files = Array.from({ length: pairs }, (_, n) => ({
      a: place.path(`a${n}.db`),
      b: place.path(`b${n}.db`),
    }));
    for (const { a, b } of files) for (const file of [a, b]) fill(file);
    const lags = await lagsOf(files, { ...place, edits });
    const what = `live: COMMIT to visible, ${pairs === 1 ? "1 pair" : `${pairs} pairs`} of 1 MB`;
    return resultOf(pairs === 1 ? "live-1mb" : `live-1mb-${pairs}`, what, lags);
  });
}

/** Edits the table `edit` of pairs while a watcher keeps them in step, as `dbsync watch` does. */
export async function lagsOf(
  files: readonly Pair[],
  { stateDir, edits }: { readonly stateDir: string; readonly edits: number },
): Promise<Timing[]> {
  const engine = new DatabaseSynchronizationEngine({ stateDir });
  const watcher = new SyncWatcher(engine);
  try {
    await watchAll(watcher, files);
    const orders: LagOrders = { pairs: files, edits, limitMs: LAG_LIMIT_MS };
    const { stdout } = await promisify(execFile)(process.execPath, [
      LAG_WRITER,
      JSON.stringify(orders),
    ]);
    // Our own program's words.
    return (JSON.parse(stdout) as number[]).map(timingOf);
  } finally {
    await watcher.close();
    await engine.close();
  }
}

/** Returns once each pair was synchronized: the first runs read everything. */
async function watchAll(watcher: SyncWatcher, files: readonly Pair[]): Promise<void> {
  const done = new Set<string>();
  const events = watcher.events();
  await watcher.watchPairs(files.map(({ a, b }) => [a, b] as const));
  for await (const event of events) {
    if (event.type === "failed") throw event.error;
    if (event.type === "run") done.add(event.pair.a);
    if (done.size === files.length) return;
  }
}

/** As if it were a command that took so long. */
function timingOf(ms: number): Timing {
  return { ms, peakBytes: null, stdout: "" };
}

function fill(file: string): void {
  const db = new Database(file);
  try {
    db.pragma("journal_mode = WAL");
    db.exec(`CREATE TABLE edit (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO edit VALUES (1, 0);
      CREATE TABLE row (id INTEGER PRIMARY KEY, v TEXT);
      WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${ROWS_PER_MEGABYTE})
        INSERT INTO row SELECT n, printf('%0100d', n) FROM i`);
  } finally {
    db.close();
  }
}

/** Rows a second that one application writes and the other side has in the end, beside the same application alone. */
export async function measureOneWriter(rows: number): Promise<Result[]> {
  return inWorkplace(async (place) => {
    const alone = await runOneWriter(place, { rows, isSynced: false });
    const synced = await runOneWriter(place, { rows, isSynced: true });
    return [
      resultOf(
        "live-writer",
        "live: one application writes, until both sides are equal",
        [timingOf(synced)],
        rows,
      ),
      resultOf("writer-alone", "the application alone", [timingOf(alone)], rows),
    ];
  });
}

/** How much larger a log may grow than without us. */
const WAL_SHARE = 1.2;

/**
 * Two applications that write all the time. The result is how old the other side's newest visible edit was.
 *
 * @throws Error where an edit was lost, an application was told SQLITE_BUSY, the sides did not become equal
 *   within a second, or a log grew
 */
export async function measureSustained(
  options: Omit<SustainedOptions, "isSynced">,
): Promise<Result[]> {
  const { journalMode, rate } = options;
  const alone = await sustain({ ...options, isSynced: false });
  const report = await sustain({ ...options, isSynced: true });
  const complaints = complaintsAbout(report, alone);
  if (complaints.length > 0) throw new Error(`${journalMode}: ${complaints.join("; ")}`);
  const { lagMs, convergedMs } = report;
  const result = (id: string, what: string, ms: number): Result =>
    resultOf(
      `sustained-${journalMode}-${id}`,
      `${what}, two writers of ${rate}/s, ${journalMode}`,
      [timingOf(ms)],
    );
  return [
    result("lag", "age of the newest visible edit", lagMs.median),
    result("lag-p99", "the same, the 99th of 100", lagMs.p99),
    result("converged", "equal after the last edit", convergedMs ?? Number.NaN),
  ];
}

/** What must never be, however long and fast it goes. */
export function complaintsAbout(report: SustainedReport, alone: SustainedReport): string[] {
  const { busy, lost, errors, convergedMs, largestWalBytes, handles } = report;
  return [
    ...(busy > 0 ? [`${busy} transactions met SQLITE_BUSY`] : []),
    ...(lost.length > 0 ? [`${lost.length} edits are not on both sides`] : []),
    ...errors,
    ...(convergedMs === null || convergedMs > 1000
      ? [`equal after ${String(convergedMs)} ms`]
      : []),
    ...(largestWalBytes > alone.largestWalBytes * WAL_SHARE
      ? [`a log grew to ${largestWalBytes} bytes, ${alone.largestWalBytes} without us`]
      : []),
    ...(handles[1] > handles[0] ? [`open files grew from ${handles[0]} to ${handles[1]}`] : []),
  ];
}
