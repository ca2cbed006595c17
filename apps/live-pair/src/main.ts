#!/usr/bin/env node
import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError } from "@sync/model";
import { SyncWatcher } from "@sync/watcher";
import { createLogger, logRuns } from "./logger.ts";

const log = createLogger((line) => console.log(line));
const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined) {
  console.error("Usage: live-pair A B");
  process.exitCode = 2;
} else {
  process.exitCode = await keepInStep([a, b]);
}

/** Until the process is asked to end: 0; 3 where watching could not begin. */
async function keepInStep(pair: readonly [string, string]): Promise<number> {
  const engine = new DatabaseSynchronizationEngine({ onEvent: logRuns(log) });
  const watcher = new SyncWatcher(engine);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  try {
    const events = watcher.events();
    await watcher.watchPairs([pair], { signal: stop.signal });
    for await (const event of events) {
      if (event.type === "watching") log("info", "watching", { pairs: event.pairs });
      if (event.type === "failed") log("warn", "waiting", { retryMs: event.retryMs });
      if (event.type === "recovered") log("info", "recovered", {});
    }
    log("info", "stopped", {});
    return 0;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    log("error", error.code, { message: error.message, next: error.next });
    return 3;
  } finally {
    await watcher.close();
    await engine.close();
  }
}
