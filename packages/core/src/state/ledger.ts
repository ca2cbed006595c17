import type Database from "better-sqlite3";
import type { ConflictKind, Key, Row, Side } from "@sync/model";
import { anyOf, qualified } from "../sqlite/expressions.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import { readKept } from "./kept-rows.ts";
import type { KeptRows } from "./kept-rows.ts";
import { hasStateColumn } from "./upgrade.ts";

/** One value that lost, as the state keeps it. */
export interface Loss {
  readonly id: number;
  readonly runId: string;
  readonly timeMs: number;
  readonly table: string;
  readonly key: Key;
  readonly kind: ConflictKind;
  /** The side whose value lost; where its image is `null`, its deletion did. */
  readonly side: Side;
  readonly winner: Side | null;
  readonly policy: string;
  readonly reason: string;
  readonly base: Row | null;
  readonly a: Row | null;
  readonly b: Row | null;
  /** What came out; `null`: the row was deleted. */
  readonly result: Row | null;
  /** `false`: what came out is not known, since the run was interrupted and the row edited before it was finished. */
  readonly isResultKnown: boolean;
  /** Nothing lost: the row was kept under a fresh key, which the reason names. */
  readonly isRenumbered: boolean;
}

/** Which entries of the ledger; all where nothing is given. */
export interface LedgerQuery {
  readonly entry?: number;
  /** A run's id, or how it begins. */
  readonly run?: string;
  readonly tables?: readonly string[];
  readonly policy?: string;
  /** Not before, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** At most so many, the newest. */
  readonly limit?: number;
}

/** Entries of the ledger, the newest first, and how many fulfil the query. */
export function readLedger(
  db: Database.Database,
  query: LedgerQuery,
): { readonly entries: Loss[]; readonly total: number } {
  const { where, values } = conditionsOf(query);
  const from = "FROM state.sync_ledger AS l JOIN state.sync_conflict AS c ON c.id = l.conflict";
  const total = db.prepare(`SELECT count(*) ${from} WHERE ${where}`).pluck().get(values) as number;
  const result = hasStateColumn(db, "sync_conflict", "result") ? "c.result" : "NULL";
  const rows = db
    .prepare(
      `SELECT l.id, l.conflict, l.run, l.time_ms AS timeMs, l.tbl, c.kind, l.lost, l.winner, l.policy, l.reason, ${result} AS result
       ${from} WHERE ${where} ORDER BY l.id DESC LIMIT @limit`,
    )
    .all({ ...values, limit: query.limit ?? -1 }) as LossRow[];
  const kept = new Map<string, KeptRows | null>();
  const entries = rows.map((row) => {
    if (!kept.has(row.tbl)) kept.set(row.tbl, readKept(db, row.tbl));
    return toLoss(row, kept.get(row.tbl) ?? null);
  });
  return { entries, total };
}

/** Entries without their rows: a run may have lost very many values. In the order in which they were noted. */
export function readLosses(db: Database.Database, query: LedgerQuery): LossKey[] {
  const { where, values } = conditionsOf(query);
  const rows = db
    .prepare(
      `SELECT l.id, l.conflict, l.tbl AS "table", l.lost AS side, l.run AS runId
       FROM state.sync_ledger AS l JOIN state.sync_conflict AS c ON c.id = l.conflict WHERE ${where} ORDER BY l.id`,
    )
    .all(values) as Omit<LossKey, "key" | "hasKey">[];
  const kept = new Map<string, KeptRows | null>();
  return rows.map((row) => {
    if (!kept.has(row.table)) kept.set(row.table, readKept(db, row.table));
    const images = kept.get(row.table) ?? null;
    const some =
      ["0", "a", "b", "r"].map((letter) => images?.image(row.conflict, letter)).find(Boolean) ??
      null;
    const key = some === null || images === null ? {} : images.keyOf(some);
    return Object.assign(row, { key, hasKey: some !== null && key !== some });
  });
}

/** An entry by its numbers: itself, its conflict, its table and key, and the side that lost. */
export interface LossKey {
  readonly id: number;
  readonly conflict: number;
  readonly table: string;
  readonly key: Key;
  /** The row can be told from others; `false`: its table has no key, or NULL stands in it. */
  readonly hasKey: boolean;
  readonly side: Side;
  readonly runId: string;
}

/** Both sides lost the very same in a conflict: a row that was overwritten on both. */
export function lostTheSame(db: Database.Database, { conflict, table }: LossKey): boolean {
  const columns = readKept(db, table)?.columns ?? [];
  const [x, y] = [`x.${C.owner}`, `y.${C.owner}`];
  const differ = columns.map((name) => {
    const [left, right] = [qualified(name, "x"), qualified(name, "y")];
    return `(${left} IS NOT ${right} COLLATE BINARY OR typeof(${left}) <> typeof(${right}))`;
  });
  const image = (alias: string, letter: string): string =>
    `LEFT JOIN ${workTable("state", "kept", table)} AS ${alias} ON ${alias}.${C.owner} = ? AND ${alias}.${C.image} = '${letter}'`;
  const sql = `SELECT ${x} IS ${y} AND (${x} IS NULL OR NOT ${anyOf(differ)})
    FROM (SELECT 1) ${image("x", "a")} ${image("y", "b")}`;
  return db.prepare(sql).pluck().get(conflict, conflict) === 1;
}

interface LossRow {
  readonly id: number;
  readonly conflict: number;
  readonly run: string;
  readonly timeMs: number;
  readonly tbl: string;
  readonly kind: ConflictKind;
  readonly lost: Side;
  readonly winner: Side | null;
  readonly policy: string;
  readonly reason: string | null;
  readonly result: "row" | "gone" | "renumbered" | null;
}

function toLoss(row: LossRow, kept: KeptRows | null): Loss {
  const image = (letter: string): Row | null => kept?.image(row.conflict, letter) ?? null;
  const [base, a, b, result] = [image("0"), image("a"), image("b"), image("r")];
  const some = base ?? a ?? b ?? result;
  return {
    id: row.id,
    runId: row.run,
    timeMs: row.timeMs,
    table: row.tbl,
    key: some === null || kept === null ? {} : kept.keyOf(some),
    kind: row.kind,
    side: row.lost,
    winner: row.winner,
    policy: row.policy,
    reason: row.reason ?? "",
    base,
    a,
    b,
    result,
    isResultKnown: row.result !== null,
    isRenumbered: row.result === "renumbered",
  };
}

function conditionsOf(query: LedgerQuery): {
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
} {
  const { entry, run, tables, policy, sinceMs } = query;
  const conditions = [
    "l.status = 'final'",
    ...(entry === undefined ? [] : ["l.id = @entry"]),
    // Not LIKE: what a user types may hold its wildcards.
    ...(run === undefined ? [] : ["substr(l.run, 1, length(@run)) = lower(@run)"]),
    ...(tables === undefined ? [] : ["l.tbl IN (SELECT value FROM json_each(@tables))"]),
    ...(policy === undefined ? [] : ["l.policy = @policy"]),
    ...(sinceMs === undefined ? [] : ["l.time_ms >= @sinceMs"]),
  ];
  const values = {
    ...(entry === undefined ? {} : { entry }),
    ...(run === undefined ? {} : { run }),
    ...(tables === undefined ? {} : { tables: JSON.stringify(tables) }),
    ...(policy === undefined ? {} : { policy }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
  return { where: conditions.join(" AND "), values };
}
