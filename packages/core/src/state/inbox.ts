import type Database from "better-sqlite3";
import type { ConflictKind, Key, Row, Side } from "@sync/model";
import { isTextList, readOwnJson } from "./own-json.ts";
import { readKept } from "./kept-rows.ts";
import type { KeptRows } from "./kept-rows.ts";
import { hasStateColumn } from "./upgrade.ts";

/** An open conflict as the state keeps it, with the rows as they were when it was parked. */
export interface Parked {
  readonly id: number;
  readonly table: string;
  readonly key: Key;
  /** The row can be told from others; `false`: its table has no key, or NULL stands in it. */
  readonly hasKey: boolean;
  readonly kind: ConflictKind;
  readonly disputed: readonly string[];
  readonly policy: string | null;
  readonly reason: string;
  /** The broken constraint, where one is what keeps the row from being carried over. */
  readonly obstacle: Obstacle | null;
  readonly sinceMs: number;
}

/** What stands in a row's way. */
export interface Obstacle {
  /** In words, e.g. ``UNIQUE (`email`)``. */
  readonly text: string;
  /** The side on which the row would break it. */
  readonly side: Side;
  /** The row that is in the way, its key as text; `null` where it could not be told. */
  readonly rival: { readonly table: string; readonly key: string } | null;
}

/** An open conflict's rows when it was parked, or last asked about. */
export interface ParkedImages {
  readonly base: Row | null;
  readonly a: Row | null;
  readonly b: Row | null;
}

/** Which open conflicts: of some tables, or by their numbers; all where neither is given. */
export interface InboxQuery {
  readonly tables?: readonly string[] | null;
  readonly ids?: readonly number[] | null;
}

/** The inbox, by table and then in the order in which conflicts came. */
export function readInbox(db: Database.Database, { tables, ids }: InboxQuery = {}): Parked[] {
  const [since = "NULL", obstacle = "NULL"] = ["since_ms", "obstacle"].map((name) =>
    hasStateColumn(db, "sync_conflict", name) ? name : "NULL",
  );
  const rows = db
    .prepare(
      `SELECT id, tbl, kind, disputed, policy, reason, ${obstacle} AS obstacle, ifnull(${since}, changed_ms) AS since
       FROM state.sync_conflict WHERE status = 'parked' ${among("tbl", tables)} ${among("id", ids)} ORDER BY tbl, id`,
    )
    .all(...[tables, ids].flatMap((list) => (list ? [JSON.stringify(list)] : []))) as ConflictRow[];
  const kept = new Map<string, KeptRows | null>();
  return rows.map((row) => {
    if (!kept.has(row.tbl)) kept.set(row.tbl, readKept(db, row.tbl));
    const { key, hasKey } = keyIn(kept.get(row.tbl) ?? null, row.id);
    return {
      id: row.id,
      table: row.tbl,
      key,
      hasKey,
      kind: row.kind,
      disputed: readOwnJson(row.disputed ?? "[]", isTextList),
      policy: row.policy,
      reason: row.reason ?? "",
      obstacle: obstacleIn(row.obstacle),
      sinceMs: row.since,
    };
  });
}

/** How many conflicts are open. */
export function countParked(db: Database.Database): number {
  const sql = "SELECT count(*) FROM state.sync_conflict WHERE status = 'parked'";
  return db.prepare(sql).pluck().get() as number;
}

/** The images of one conflict. */
export function readParkedImages(db: Database.Database, { table, id }: Parked): ParkedImages {
  const kept = readKept(db, table);
  const image = (letter: string): Row | null => kept?.image(id, letter) ?? null;
  return { base: image("0"), a: image("a"), b: image("b") };
}

interface ConflictRow {
  readonly id: number;
  readonly tbl: string;
  readonly kind: ConflictKind;
  readonly disputed: string | null;
  readonly policy: string | null;
  readonly reason: string | null;
  readonly obstacle: string | null;
  readonly since: number;
}

function obstacleIn(text: string | null): Obstacle | null {
  if (text === null || text === "") return null;
  // Its digest of the rival is nobody's business.
  const { text: constraint, side, rival } = readOwnJson(text, isObstacle);
  return {
    text: constraint,
    side,
    rival: rival && { table: rival.table, key: rival.key },
  };
}

function isObstacle(value: unknown): value is Obstacle {
  return (
    typeof value === "object" &&
    value !== null &&
    "text" in value &&
    "side" in value &&
    "rival" in value
  );
}

/** Table names compare as SQLite compares them: the column is NOCASE. */
function among(column: string, list: readonly unknown[] | null | undefined): string {
  return list ? `AND ${column} IN (SELECT value FROM json_each(?))` : "";
}

function keyIn(kept: KeptRows | null, id: number): Pick<Parked, "key" | "hasKey"> {
  const row = kept?.image(id, "0") ?? kept?.image(id, "a") ?? kept?.image(id, "b") ?? null;
  if (row === null || kept === null) return { key: {}, hasKey: false };
  const key = kept.keyOf(row);
  return { key, hasKey: key !== row };
}
