import type Database from "better-sqlite3";
import { keyToText } from "@sync/model";
import type { Conflict, ConflictKind, Row, Side } from "@sync/model";
import {
  disputedColumns,
  settleTimestamp,
  laterSide,
  timestampColumnOf,
} from "../reconcile/merge.ts";
import type { Resolution, Sources } from "../reconcile/resolution.ts";
import {
  columnList,
  concatenated,
  keyMatches,
  qualified,
  rowsDiffer,
  valuesDiffer,
} from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { columnNames, keyOf, readRows } from "../sqlite/rows.ts";
import { CONTROL as C, SIDES, columnDefinitions, keyDefinition } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import type { RunRecord } from "./runs.ts";

/** A planned row in conflict, with what is known of it. */
export interface OpenConflict {
  /** The row's number in the plan and its id in `sync_conflict`. */
  readonly n: number;
  readonly id: number;
  readonly sources: Sources;
  /** The side that holds an old value again; then no policy is asked. */
  readonly stale: Side | null;
  readonly conflict: Conflict;
}

/**
 * Gives every open row of the plan an entry in `sync_conflict` and keeps the images of base, a and b.
 * From here on nothing is read from the sides: what is decided is decided about these images.
 *
 * A row whose conflict was parked by an earlier run keeps that entry. If neither its images nor the
 * policy changed since, it stays parked and is not put to the policy again.
 */
export function keepConflicts(db: Database.Database, shape: Shape, run: RunRecord): void {
  numberConflicts(db, shape, run, `p.${C.outcome} = 'open'`);
  keepStillParked(db, shape, run);
  recordConflicts(db, shape, run);
  keepImages(db, shape, `p.${C.outcome} = 'open'`);
  compareImages(db, shape);
}

/** `temp."sync:inbox"`: keys and ids of the table's parked conflicts. */
function findParked(db: Database.Database, { table, work }: Shape): void {
  db.exec(`DROP TABLE IF EXISTS temp."sync:inbox";
    CREATE TEMP TABLE "sync:inbox" (${C.conflict} INTEGER, ${columnDefinitions(table)}, UNIQUE (${keyDefinition(table)}))`);
  if (work.parkedKept === null) return;
  db.prepare(
    `INSERT OR IGNORE INTO temp."sync:inbox" SELECT c.id, ${columnList(table, "k")}
     FROM state.sync_conflict AS c CROSS JOIN ${work.parkedKept} AS k ON k.${C.owner} = c.id
     WHERE c.status = 'parked' AND c.tbl = ?`,
  ).run(table.name);
}

/** Gives planned rows a conflict id: the one under which they are parked already, else a new one. */
export function numberConflicts(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
  condition: string,
): void {
  const { table, work } = shape;
  findParked(db, shape);
  const last = db
    .prepare(
      `SELECT max(ifnull((SELECT max(id) FROM ${run.schema}.sync_conflict), 0), ifnull((SELECT max(${C.conflict}) FROM temp."sync:inbox"), 0))`,
    )
    .pluck()
    .get() as number;
  db.prepare(
    `UPDATE ${work.plan} AS p SET ${C.conflict} =
       ifnull((SELECT i.${C.conflict} FROM temp."sync:inbox" AS i WHERE ${keyMatches(table, "i", "p")}), ? + p.${C.n})
     WHERE ${condition} AND p.${C.conflict} IS NULL`,
  ).run(last);
}

/** Parks again what is exactly as it was when this policy left it. */
function keepStillParked(db: Database.Database, shape: Shape, run: RunRecord): void {
  const { table, work } = shape;
  if (work.parkedKept === null) return;
  const sources = [
    ["a", shape.a],
    ["b", shape.b],
    ["0", work.base],
  ] as const;
  const unchanged = sources.map(([image, source]) => {
    const old = `SELECT 1 FROM ${work.parkedKept ?? ""} AS k WHERE k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${image}'`;
    if (source === null) return `NOT EXISTS (${old})`;
    const now = `SELECT 1 FROM ${source} AS x WHERE ${keyMatches(table, "x", "p")}`;
    const same = `SELECT 1 FROM ${work.parkedKept ?? ""} AS k CROSS JOIN ${source} AS x
      ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${image}' AND ${keyMatches(table, "x", "p")}
      WHERE NOT ${rowsDiffer(table, "x", "k")}`;
    return `(EXISTS (${same}) OR NOT (EXISTS (${old}) OR EXISTS (${now})))`;
  });
  db.prepare(
    `UPDATE ${work.plan} AS p SET ${C.outcome} = 'park' WHERE ${C.outcome} = 'open'
       AND EXISTS (SELECT 1 FROM state.sync_conflict AS c WHERE c.id = p.${C.conflict} AND c.status = 'parked'
         AND c.policy IS ? AND c.policy_version IS ?)
       AND ${unchanged.join(" AND ")}`,
  ).run(run.policy, run.policyVersion);
}

/** New entries are drafts until the run is done. Parked ones lose their policy: it is asked anew. */
function recordConflicts(db: Database.Database, { table, work }: Shape, run: RunRecord): void {
  const kind = `CASE WHEN p.${C.didA} = '+' AND p.${C.didB} = '+' THEN 'insert/insert'
    WHEN p.${C.didA} = '~' AND p.${C.didB} = '~' THEN 'update/update' ELSE 'update/delete' END`;
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, changed_ms)
     SELECT p.${C.conflict}, ?, ?, p.${C.n}, ${kind}, 'draft', ? FROM ${work.plan} AS p WHERE p.${C.outcome} = 'open'
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, policy = NULL,
       changed_ms = excluded.changed_ms`,
  ).run(run.id, table.name, run.startedMs);
}

/** Keeps what base, a and b hold now for the planned rows that fulfil a condition on `p`. */
export function keepImages(db: Database.Database, shape: Shape, condition: string): void {
  const { table, work } = shape;
  db.exec(
    `DELETE FROM ${work.kept} WHERE ${C.owner} IN (SELECT p.${C.conflict} FROM ${work.plan} AS p WHERE ${condition})`,
  );
  const images = [
    ["a", shape.a],
    ["b", shape.b],
    ...(work.base === null ? [] : [["0", work.base]]),
  ];
  for (const [image, source] of images) {
    db.prepare(
      `INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
       SELECT p.${C.conflict}, ?, ${columnList(table, "x")}
       FROM ${work.plan} AS p CROSS JOIN ${source} AS x ON ${keyMatches(table, "x", "p")} WHERE ${condition}`,
    ).run(image);
  }
}

/** Fills in `sources`: which side changed each column, `?` where both did and differ. No `?` at all is a merge. */
function compareImages(db: Database.Database, { table, work }: Shape): void {
  const letters = (unchangedA: (name: string) => string | null): string =>
    concatenated(
      table.columns.map((column) => {
        const [x, y] = [qualified(column.name, "x"), qualified(column.name, "y")];
        const merge = unchangedA(column.name) ?? "";
        return `CASE ${merge} WHEN NOT ${valuesDiffer(column, x, y)} THEN 'a' ELSE '?' END`;
      }),
    );
  const column = (name: string): (typeof table.columns)[number] => {
    const found = table.columns.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no column ${name}`);
    return found;
  };
  const byColumn = letters((name) => {
    const [o, x, y] = ["o", "x", "y"].map((alias) => qualified(name, alias)) as [
      string,
      string,
      string,
    ];
    return `WHEN NOT ${valuesDiffer(column(name), x, o)} THEN 'b' WHEN NOT ${valuesDiffer(column(name), y, o)} THEN 'a'`;
  });
  const image = (alias: string, letter: string): string =>
    `${work.kept} AS ${alias} ON ${alias}.${C.owner} = p.${C.conflict} AND ${alias}.${C.image} = '${letter}'`;
  const set = (value: string, from: string, where: string): void =>
    void db.exec(`UPDATE ${work.plan} SET ${C.sources} = found.s FROM (
      SELECT p.${C.n} AS n, ${value} AS s FROM ${work.plan} AS p ${from} WHERE p.${C.outcome} = 'open' AND ${where}) AS found
      WHERE ${C.n} = found.n`);
  const both = `CROSS JOIN ${image("x", "a")} CROSS JOIN ${image("y", "b")}`;
  set(byColumn, `${both} CROSS JOIN ${image("o", "0")}`, `p.${C.didA} = '~' AND p.${C.didB} = '~'`);
  set(
    letters(() => null),
    both,
    `p.${C.didA} = '+' AND p.${C.didB} = '+'`,
  );
  const whole = `p.${C.didA} = '-' OR p.${C.didB} = '-' OR p.${C.stale} IS NOT NULL`;
  set(`'${"?".repeat(table.columns.length)}'`, "", `(${whole})`);
}

/**
 * Rows whose columns do not dispute become `merge`; the timestamp column follows the later side.
 * What is left open is a conflict.
 */
export function mergeColumns(db: Database.Database, shape: Shape): void {
  const { work } = shape;
  const columns = columnNames(shape.table);
  const timestamp = timestampColumnOf(columns);
  if (timestamp !== null) settleTimestamps(db, shape, columns.indexOf(timestamp), timestamp);
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'merge'
    WHERE ${C.outcome} = 'open' AND ${C.didA} = '~' AND ${C.didB} = '~' AND ${C.stale} IS NULL
      AND instr(${C.sources}, '?') = 0`);
}

function settleTimestamps(
  db: Database.Database,
  { work }: Shape,
  index: number,
  column: string,
): void {
  const rows = db
    .prepare(
      `SELECT p.${C.n} AS n, p.${C.sources} AS sources, x.${quoteName(column)} AS a, y.${quoteName(column)} AS b
     FROM ${work.plan} AS p
     CROSS JOIN ${work.kept} AS x ON x.${C.owner} = p.${C.conflict} AND x.${C.image} = 'a'
     CROSS JOIN ${work.kept} AS y ON y.${C.owner} = p.${C.conflict} AND y.${C.image} = 'b'
     WHERE p.${C.outcome} = 'open' AND p.${C.didA} = '~' AND p.${C.didB} = '~'
       AND substr(p.${C.sources}, ${index + 1}, 1) = '?'`,
    )
    .safeIntegers()
    .all() as { n: bigint; sources: string; a: Row[string]; b: Row[string] }[];
  const update = db.prepare(`UPDATE ${work.plan} SET ${C.sources} = ? WHERE ${C.n} = ?`);
  for (const { n, sources, a, b } of rows) {
    update.run(settleTimestamp(sources, index, laterSide(a ?? null, b ?? null)), n);
  }
}

/** The next open conflicts of a table after number `after`, at most `limit`, in the order of the plan. */
export function readOpenConflicts(
  db: Database.Database,
  shape: Shape,
  after: number,
  limit: number,
): OpenConflict[] {
  const { work } = shape;
  const rows = db
    .prepare(
      `SELECT ${C.n} AS n, ${C.conflict} AS id, ${C.didA} AS didA, ${C.didB} AS didB, ${C.sources} AS sources,
       ${C.stale} AS stale FROM ${work.plan} WHERE ${C.outcome} = 'open' AND ${C.n} > ? ORDER BY ${C.n} LIMIT ?`,
    )
    .all(after, limit) as OpenRow[];
  return rows.map(({ n, id, didA, didB, sources, stale }) => {
    const kind =
      didA === didB ? (didA === "+" ? "insert/insert" : "update/update") : "update/delete";
    return { n, id, sources, stale, conflict: readConflict(db, shape, id, kind, sources) };
  });
}

interface OpenRow {
  readonly n: number;
  readonly id: number;
  readonly didA: string;
  readonly didB: string;
  readonly sources: Sources;
  readonly stale: Side | null;
}

/** One conflict with its images as a policy sees it. */
export function readConflict(
  db: Database.Database,
  shape: Shape,
  id: number,
  kind: ConflictKind,
  sources: Sources,
): Conflict {
  const { table } = shape;
  const columns = columnNames(table);
  const [a, b, base] = ["a", "b", "0"].map((image) => readImage(db, shape, id, image)) as [
    Row | null,
    Row | null,
    Row | null,
  ];
  const some = base ?? a ?? b ?? {};
  return {
    table: table.name,
    key: keyOf(table, some),
    kind,
    base,
    a,
    b,
    disputed: disputedColumns(columns, sources),
    timestampColumn: timestampColumnOf(columns),
    generatedKey: table.keyIsRowid && table.kind === "ordinary",
    hasBase: shape.work.base !== null,
  };
}

function readImage(
  db: Database.Database,
  { table, work }: Shape,
  owner: number,
  image: string,
): Row | null {
  const from = `FROM ${work.kept} AS k WHERE k.${C.owner} = ? AND k.${C.image} = ?`;
  for (const row of readRows(db, columnNames(table), from, "k", [owner, image])) return row;
  return null;
}

/** Notes what was decided about a conflict, in the plan and in its record. */
export function saveResolution(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
  open: OpenConflict,
  resolution: Resolution,
  policy: string,
): void {
  const { table, work } = shape;
  const parked = resolution.type === "park";
  if (resolution.type === "row" && resolution.written !== null)
    keepWritten(db, shape, open.id, resolution.written);
  db.prepare(
    `UPDATE ${work.plan} SET ${C.outcome} = ?, ${C.gone} = ?, ${C.sources} = ? WHERE ${C.n} = ?`,
  ).run(
    parked ? "park" : "resolve",
    resolution.type === "gone" ? 1 : 0,
    resolution.type === "row" ? resolution.sources : open.sources,
    open.n,
  );
  db.prepare(
    `UPDATE ${run.schema}.sync_conflict SET disputed = ?, policy = ?, policy_version = ?, reason = ?, winner = ?,
       key_text = ? WHERE id = ?`,
  ).run(
    JSON.stringify(open.conflict.disputed),
    policy,
    run.policyVersion,
    resolution.reason,
    parked ? null : resolution.winner,
    keyToText(open.conflict.key),
    open.id,
  );
  if (parked) return;
  const lose = db.prepare(
    `INSERT INTO ${run.schema}.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
  );
  for (const side of resolution.lost) {
    lose.run(
      run.id,
      table.name,
      open.id,
      side,
      resolution.winner,
      policy,
      resolution.reason,
      run.startedMs,
    );
  }
}

function keepWritten(db: Database.Database, { table, work }: Shape, id: number, row: Row): void {
  const columns = columnNames(table);
  const marks = columns.map(() => "?").join(", ");
  db.prepare(
    `INSERT OR REPLACE INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)}) VALUES (?, 'w', ${marks})`,
  ).run(id, ...columns.map((name) => row[name] ?? null));
}

/** Fills in the values of merged and resolved rows from their images, and what each side needs. */
export function composeRows(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  const decided = `${C.outcome} IN ('merge', 'resolve')`;
  const values = table.columns.map(
    ({ name }, index) =>
      `${quoteName(name)} = (SELECT k.${quoteName(name)} FROM ${work.kept} AS k
        WHERE k.${C.owner} = p.${C.conflict} AND k.${C.image} = substr(p.${C.sources}, ${index + 1}, 1))`,
  );
  db.exec(`UPDATE ${work.plan} AS p SET ${values.join(", ")} WHERE ${decided} AND ${C.gone} = 0`);
  for (const { side, to } of SIDES) {
    const image = `FROM ${work.kept} AS k WHERE k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side}'`;
    db.exec(`UPDATE ${work.plan} AS p SET ${to} = CASE
        WHEN NOT EXISTS (SELECT 1 ${image}) THEN 1 - ${C.gone}
        WHEN ${C.gone} THEN 3
        WHEN EXISTS (SELECT 1 ${image} AND ${rowsDiffer(table, "p", "k")}) THEN 2 ELSE 0 END
      WHERE ${decided}`);
  }
}
