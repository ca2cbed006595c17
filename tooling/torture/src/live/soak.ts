import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SyncManager } from "@sync/manager";
import { SyncWatcher } from "@sync/watcher";
import Database from "better-sqlite3";

/** Many pairs that are watched in this process. */
export interface Soak {
  /** Resolves when every pair has been looked at so many times more, and none is due or running. */
  looks(times: number): Promise<void>;
  /** One row in each of the first pairs, and waits until it has arrived. */
  edit(pairs: number): Promise<void>;
  sample(): SoakSample;
  readonly close: () => Promise<void>;
}

/** What this process takes. */
export interface SoakSample {
  readonly heapBytes: number;
  /** Descriptors that are open, and threads. Not known outside Linux. */
  readonly descriptors: number | null;
  readonly threads: number | null;
  /** Processor time since the process began, all threads, less what samples took. */
  readonly cpuMs: number;
  readonly atMs: number;
}

/** Makes pairs that are in step, and watches them. */
export async function startSoak({
  pairs,
  pollMs,
}: {
  readonly pairs: number;
  /** Default: the watcher's own. */
  readonly pollMs?: number;
}): Promise<Soak> {
  const folder = mkdtempSync(join(tmpdir(), "torture-soak-"));
  const paths = Array.from({ length: pairs }, (_, at) => layOut(folder, at));
  const manager = new SyncManager({
    config: { stateDir: join(folder, "state"), log: { file: join(folder, "x.log") }, retryMs: 0 },
  });
  let looked = 0;
  const watcher = new SyncWatcher(manager, {
    ...(pollMs === undefined ? {} : { pollMs }),
    // Asked once at the end of each look: when is the next poll?
    random: () => {
      looked += 1;
      return Math.random();
    },
  });
  await watcher.watchPairs(paths);
  const collect = garbageCollector();
  // What measuring takes is not what watching takes.
  let measuringMs = 0;
  let edits = 0;
  return {
    looks: async (times) => {
      const wanted = looked + times * pairs;
      await until(() => looked >= wanted && isAtRest(watcher));
    },
    edit: async (some) => {
      edits += 1;
      for (const [a] of paths.slice(0, some)) run(a, `INSERT INTO notes VALUES (${edits}, 'x')`);
      await until(() =>
        paths.slice(0, some).every(([, b]) => run(b, "SELECT max(id) FROM notes") === edits),
      );
    },
    sample: () => {
      const beganMs = processorMs();
      collect();
      const taken = {
        heapBytes: process.memoryUsage().heapUsed,
        descriptors: entriesIn("/proc/self/fd"),
        threads: entriesIn("/proc/self/task"),
        cpuMs: beganMs - measuringMs,
        atMs: performance.now(),
      };
      measuringMs += processorMs() - beganMs;
      return taken;
    },
    close: async () => {
      await watcher.close();
      await manager.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function isAtRest(watcher: SyncWatcher): boolean {
  return watcher.status().every(({ state }) => state !== "due" && state !== "running");
}

function layOut(folder: string, at: number): [string, string] {
  const made = [join(folder, `a${at}.db`), join(folder, `b${at}.db`)] as const;
  for (const path of made) {
    run(path, "PRAGMA journal_mode = wal");
    run(path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)");
  }
  return [...made];
}

function run(path: string, sql: string): unknown {
  const db = new Database(path);
  try {
    const statement = db.prepare(sql);
    return statement.reader ? statement.pluck().get() : statement.run();
  } finally {
    db.close();
  }
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

/** Node hands it out to those who start it with a flag, which a library of tests cannot. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  // What the name stands for once the flag is set.
  return runInNewContext("gc") as () => void;
}

function entriesIn(folder: string): number | null {
  try {
    return readdirSync(folder).length;
  } catch {
    return null;
  }
}
