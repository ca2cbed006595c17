import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DatabaseSynchronizationEngine } from "@sync/core";
import Database from "better-sqlite3";
import type { BulkOrders } from "./bulk-writer.ts";

const WRITER = fileURLToPath(new URL("../../dist/live/bulk-writer.js", import.meta.url));

/** Of one transaction: what an application that imports something writes at once. */
const ROWS_PER_COMMIT = 100;

/** One application writes rows on one side, as fast as it can. */
export interface OneWriterOptions {
  readonly rows: number;
  /** `false`: nobody synchronizes. */
  readonly isSynced: boolean;
}

/** @returns the milliseconds until the application is done and, if somebody synchronizes, the other side has it all */
export async function runOneWriter(
  place: { path(name: string): string },
  { rows, isSynced }: OneWriterOptions,
): Promise<number> {
  const folder = place.path(isSynced ? "synced" : "alone");
  mkdirSync(folder);
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  for (const path of Object.values(pair)) makeDatabase(path);
  const engine = new DatabaseSynchronizationEngine({ stateDir: join(folder, "state") });
  try {
    if (isSynced) {
      await engine.sync(pair);
      await engine.startRealtimeSync(pair);
    }
    const beganMs = performance.now();
    const orders: BulkOrders = { path: pair.a, rows, rowsPerCommit: ROWS_PER_COMMIT };
    await promisify(execFile)(process.execPath, [WRITER, JSON.stringify(orders)]);
    if (isSynced) await untilThere(pair.b, rows);
    return performance.now() - beganMs;
  } finally {
    await engine.close();
  }
}

function makeDatabase(path: string): void {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT, at REAL)");
  db.close();
}

async function untilThere(path: string, rows: number): Promise<void> {
  const db = new Database(path, { readonly: true });
  try {
    const count = db.prepare("SELECT count(*) FROM event").pluck();
    while (count.get() !== rows) await sleep(10);
  } finally {
    db.close();
  }
}
