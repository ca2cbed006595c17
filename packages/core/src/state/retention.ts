import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { quoteName } from "../sqlite/identifier.ts";
import { CONTROL as C } from "../sqlite/shape.ts";

/** How long, and how much, of what lost is kept. */
export interface LedgerLimits {
  /** Older entries go. Default 90, at least 30. */
  readonly maxAgeDays?: number;
  /** When the images of all entries take more, the oldest go, but none younger than 30 days. Default 256 MB. */
  readonly maxBytes?: number;
}

const DEFAULT_AGE_DAYS = 90;
const DEFAULT_BYTES = 256 * 1024 * 1024;
/** A value that lost is never forgotten sooner: people come back from holidays. */
const MIN_AGE_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws SyncError SYNC_USAGE for an age below 30 days */
export function checkLimits({ maxAgeDays = DEFAULT_AGE_DAYS }: LedgerLimits): void {
  if (maxAgeDays >= MIN_AGE_DAYS) return;
  throw new SyncError(
    "SYNC_USAGE",
    `The ledger keeps what lost for at least ${MIN_AGE_DAYS} days, not ${maxAgeDays}.`,
    { next: `Choose ${MIN_AGE_DAYS} days or more.` },
  );
}

/**
 * Forgets what lost too long ago, or more than there is room for, the oldest first: entries, their
 * conflicts, and the images of both; also those of conflicts that were closed as long ago. What is open
 * in the inbox is never touched.
 */
export function pruneLedger(db: Database.Database, limits: LedgerLimits, nowMs: number): void {
  const { maxAgeDays = DEFAULT_AGE_DAYS, maxBytes = DEFAULT_BYTES } = limits;
  const oldest = nowMs - Math.max(maxAgeDays, MIN_AGE_DAYS) * DAY_MS;
  const bySize = oldestWithin(db, maxBytes);
  const until = Math.max(oldest, Math.min(bySize, nowMs - MIN_AGE_DAYS * DAY_MS));
  if (!isAnyOlder(db, until)) return;
  db.transaction(() => {
    db.prepare("DELETE FROM state.sync_ledger WHERE status = 'final' AND time_ms < ?").run(until);
    db.prepare(
      `DELETE FROM state.sync_conflict WHERE status IN ('resolved', 'closed') AND changed_ms < ?
         AND id NOT IN (SELECT conflict FROM state.sync_ledger)`,
    ).run(until);
    db.prepare(
      `DELETE FROM state.sync_run WHERE status = 'done' AND started_ms < ?
         AND id NOT IN (SELECT run FROM state.sync_ledger)`,
    ).run(until);
    for (const name of keptTables(db)) {
      db.exec(`DELETE FROM ${name} WHERE ${C.owner} NOT IN (SELECT id FROM state.sync_conflict)`);
    }
  })();
}

function isAnyOlder(db: Database.Database, until: number): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM state.sync_ledger WHERE status = 'final' AND time_ms < @until)
    OR EXISTS (SELECT 1 FROM state.sync_conflict WHERE status IN ('resolved', 'closed') AND changed_ms < @until
      AND id NOT IN (SELECT conflict FROM state.sync_ledger))`;
  return db.prepare(sql).pluck().get({ until }) === 1;
}

/**
 * The time of the oldest entry that there is room for; 0 where there is room for all. Entries are taken
 * to be of about the same size: to measure each would read them all after every run.
 */
function oldestWithin(db: Database.Database, maxBytes: number): number {
  // The whole file is an upper bound that costs nothing to know.
  const pages = db.pragma("state.page_count", { simple: true }) as number;
  const pageBytes = db.pragma("state.page_size", { simple: true }) as number;
  if (pages * pageBytes <= maxBytes) return 0;
  const used = keptBytes(db);
  if (used <= maxBytes) return 0;
  const entries = db.prepare("SELECT count(*) FROM state.sync_ledger").pluck().get() as number;
  const keep = Math.floor((entries * maxBytes) / used);
  const time = db
    .prepare("SELECT time_ms FROM state.sync_ledger ORDER BY id DESC LIMIT 1 OFFSET ?")
    .pluck()
    .get(keep) as number | undefined;
  return time === undefined ? 0 : time + 1;
}

/** Table by table: asked for a name, `dbstat` reads that tree only; asked for a pattern, the whole file. */
function keptBytes(db: Database.Database): number {
  const sql = `SELECT ifnull(sum(d.pgsize), 0) FROM state.sqlite_schema AS s
    CROSS JOIN dbstat('state', 1) AS d ON d.name = s.name
    WHERE s.type = 'table' AND s.name GLOB 'kept:*'`;
  return db.prepare(sql).pluck().get() as number;
}

function keptTables(db: Database.Database): string[] {
  const names = db
    .prepare("SELECT name FROM state.sqlite_schema WHERE type = 'table' AND name GLOB 'kept:*'")
    .pluck()
    .all() as string[];
  return names.map((name) => `state.${quoteName(name)}`);
}
