import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { TestPair } from "./sync-pair.ts";

/** One conflict as the state keeps it. */
export interface InboxEntry {
  readonly id: number;
  readonly tbl: string;
  readonly kind: string;
  readonly reason: string | null;
}

/** Reads the state of a pair, between runs. */
export function queryState(pair: TestPair, sql: string): unknown[] {
  const [folder] = readdirSync(pair.stateDir);
  if (folder === undefined) throw new Error("no state yet");
  const db = new Database(join(pair.stateDir, folder, "state.sqlite"), { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** Open conflicts, oldest first. */
export function inboxOf(pair: TestPair): InboxEntry[] {
  const sql = "SELECT id, tbl, kind, reason FROM sync_conflict WHERE status = 'parked' ORDER BY id";
  // The columns of the query above.
  return queryState(pair, sql) as InboxEntry[];
}

/** Values of one column that lost, each with the side that held it and whether that is final. */
export function lostValues(pair: TestPair, table: string, column: string): unknown[] {
  return queryState(
    pair,
    `SELECT l.lost, l.status, k."${column}" AS value FROM sync_ledger AS l
     LEFT JOIN "kept:${table}" AS k ON k."⟨sync⟩ owner" = l.conflict AND k."⟨sync⟩ image" = l.lost
     WHERE l.tbl = '${table}' ORDER BY l.id`,
  );
}

/** What a run could have touched: bytes and times of both sides, bytes of every file of the state. */
export function traceOf(pair: TestPair): Record<string, string> {
  const trace = (path: string): string => `${hash(path)} ${mtimeOf(path)}`;
  return { [pair.a]: trace(pair.a), [pair.b]: trace(pair.b), ...stateTrace(pair) };
}

function stateTrace({ stateDir }: TestPair): Record<string, string> {
  if (!existsSync(stateDir)) return {};
  const names = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
  const files = names.map((name) => join(stateDir, name)).filter((path) => statSync(path).isFile());
  // A reader may leave an empty -wal and a -shm (DESIGN §3.15).
  const lasting = files.filter((path) => !path.endsWith("-shm") && statSync(path).size > 0);
  return Object.fromEntries(lasting.map((path) => [path, hash(path)]));
}

/** The names of all files beside the sides. */
export function filesBeside(pair: TestPair): string[] {
  return readdirSync(dirname(pair.a)).toSorted();
}

function hash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function mtimeOf(path: string): string {
  return String(statSync(path, { bigint: true }).mtimeNs);
}
