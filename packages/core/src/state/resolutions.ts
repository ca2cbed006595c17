import type Database from "better-sqlite3";
import { keyToText } from "@sync/model";
import type { Conflict, ConflictKind, Row, Side } from "@sync/model";
import { disputedColumns, timestampColumnOf } from "../reconcile/merge.ts";
import type { Resolution, Sources } from "../reconcile/resolution.ts";
import { rowsDiffer } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { columnNames, keyOf } from "../sqlite/rows.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { keepWritten, readImage } from "./images.ts";
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
    return { n, id, sources, stale, conflict: readConflict(db, shape, { id, kind, sources }) };
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

interface Entry {
  readonly id: number;
  readonly kind: ConflictKind;
  readonly sources: Sources;
}

/** One conflict with its images as a policy sees it. */
function readConflict(db: Database.Database, shape: Shape, { id, kind, sources }: Entry): Conflict {
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
    constraint: null,
    clockSkew: null,
  };
}

/** A conflict, what was decided, and who decided. */
export interface Decided {
  readonly open: OpenConflict;
  readonly resolution: Resolution;
  readonly policy: string;
}

/** Notes what was decided about a conflict, in the plan and in its record. */
export function saveResolution(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
  decided: Decided,
): void {
  const { open, resolution, policy } = decided;
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
    // Without a policy on record, the next run asks again (see keepStillParked).
    resolution.type === "park" && resolution.cause === "failed" ? null : policy,
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
