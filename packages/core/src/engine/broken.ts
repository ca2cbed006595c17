import { createHash } from "node:crypto";
import { keyToText, storageClassOf } from "@sync/model";
import type { BrokenConstraint, Rival, Row, Side, SqlValue } from "@sync/model";
import type { RivalQuery, Violation } from "../sqlite/collisions.ts";
import { keyMatches } from "../sqlite/expressions.ts";
import { columnNames, keyOf, readRows } from "../sqlite/rows.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { compareBroken } from "../state/compare-images.ts";
import { isAsKept, numberConflicts, recordBroken } from "../state/conflicts.ts";
import { keepImages } from "../state/images.ts";
import { readBroken } from "../state/open-conflicts.ts";
import type { Broken, OpenConflict } from "../state/open-conflicts.ts";
import type { ParkReason } from "../state/park.ts";
import type { Workspace } from "./workspace.ts";

/** A planned row that would break a constraint, ready to be asked about. */
export interface BrokenRow {
  readonly open: OpenConflict;
  /** The side whose change is being copied; `null` where the planned row is of both. */
  readonly origin: Side | null;
  /** What is in the way, as the record keeps it. */
  readonly obstacle: string;
}

/** Broken rows to ask about, and those that were asked about before and that nothing has changed for. */
export interface OpenedRows {
  readonly broken: readonly BrokenRow[];
  readonly stillParked: readonly { readonly row: number; readonly why: ParkReason }[];
}

/**
 * Makes conflicts of planned rows: an entry in the record, images of base, a and b, and what stands in the way. What is
 * exactly as it was when this policy left it parked is not asked about again.
 */
export function openBroken(
  space: Workspace,
  shape: Shape,
  rows: ReadonlyMap<number, Violation>,
  clockSkew: string | null,
): OpenedRows {
  const { db, run } = space;
  const about = new Map([...rows].map(([n, found]) => [n, aboutRow(space, found, n, clockSkew)]));
  const fresh = unnumbered(db, shape, [...rows.keys()]);
  numberConflicts(db, shape, run, rowsNumbered([...rows.keys()]));
  const stillParked = findStillParked(space, shape, about);
  const waiting = new Set(stillParked.map(({ row }) => row));
  const asked = [...about].filter(([n]) => !waiting.has(n));
  for (const [n, broken] of asked)
    recordBroken(db, shape, run, { n, kind: broken.kind, obstacle: obstacleOf(broken) });
  keepImages(db, shape, rowsNumbered(fresh.filter((n) => !waiting.has(n))));
  compareBroken(db, shape, rowsNumbered(asked.map(([n]) => n)));
  const origins = originsOf(db, shape, [...rows.keys()]);
  const broken = readBroken(db, shape, new Map(asked)).map((open) => ({
    open,
    origin: origins.get(open.n) ?? null,
    obstacle: obstacleOf(about.get(open.n)),
  }));
  return { broken, stillParked };
}

/** A condition on plan `p`. */
function rowsNumbered(rows: readonly number[]): string {
  return `p.${C.n} IN (SELECT value FROM json_each('${JSON.stringify(rows)}'))`;
}

/** Rows without a conflict so far: what they hold has not been kept yet. */
function unnumbered(db: Workspace["db"], { work }: Shape, rows: readonly number[]): number[] {
  const sql = `SELECT p.${C.n} FROM ${work.plan} AS p WHERE p.${C.conflict} IS NULL AND ${rowsNumbered(rows)}`;
  return db.prepare(sql).pluck().all() as number[];
}

function originsOf(
  db: Workspace["db"],
  { work }: Shape,
  rows: readonly number[],
): Map<number, Side> {
  const found = db
    .prepare(
      `SELECT p.${C.n} AS n, CASE WHEN p.${C.didA} IN ('=', '0') THEN 'b' ELSE 'a' END AS side
       FROM ${work.plan} AS p WHERE p.${C.outcome} = 'copy' AND ${rowsNumbered(rows)}`,
    )
    .all() as { n: number; side: Side }[];
  return new Map(found.map(({ n, side }) => [n, side]));
}

function aboutRow(
  space: Workspace,
  { kind, side, constraint, rival }: Violation,
  n: number,
  clockSkew: string | null,
): Broken {
  const found = rival === null ? null : readRival(space.db, rival, n);
  return { kind, clockSkew, constraint: { text: constraint, side: side.side, rival: found } };
}

function readRival(db: Workspace["db"], { shape, sql }: RivalQuery, n: number): Rival | null {
  const { table, work } = shape;
  const read = (source: string | null): Row | null => {
    if (source === null) return null;
    const from = `FROM (${sql}) AS r CROSS JOIN ${source} AS x ON ${keyMatches(table, "x", "r")}`;
    const [row = null] = readRows(db, {
      columns: columnNames(table),
      alias: "x",
      from,
      values: [{ n }],
    });
    return row;
  };
  const [a, b, base] = [read(shape.a), read(shape.b), read(work.base)];
  const some = a ?? b ?? base ?? null;
  return (
    some && {
      table: table.name,
      key: keyOf(table, some),
      base: base ?? null,
      a: a ?? null,
      b: b ?? null,
    }
  );
}

function findStillParked(
  { db, run }: Workspace,
  shape: Shape,
  about: ReadonlyMap<number, Broken>,
): OpenedRows["stillParked"] {
  if (shape.work.parkedKept === null) return [];
  const rows = db
    .prepare(
      `SELECT p.${C.n} AS n, c.kind, c.reason, c.obstacle FROM ${shape.work.plan} AS p
       CROSS JOIN state.sync_conflict AS c ON c.id = p.${C.conflict}
       WHERE ${rowsNumbered([...about.keys()])} AND c.status = 'parked' AND c.settled = 1
         AND c.policy IS ? AND c.policy_version IS ?
         AND ${isAsKept(shape)}`,
    )
    .all(run.policy, run.policyVersion) as ParkedRow[];
  return rows
    .filter(({ n, kind, obstacle }) => {
      const now = about.get(n);
      return now?.kind === kind && obstacleOf(now) === obstacle;
    })
    .map(({ n, kind, reason, obstacle }) => ({
      row: n,
      why: { kind, reason, obstacle, retry: false },
    }));
}

interface ParkedRow {
  readonly n: number;
  readonly kind: string;
  readonly reason: string;
  readonly obstacle: string | null;
}

/** The record says what is in the way; its digest tells whether the rival is still the same, without keeping its content. */
function obstacleOf(broken: Broken | undefined): string {
  const constraint: BrokenConstraint | null = broken?.constraint ?? null;
  if (constraint === null) return "";
  const { text, side, rival } = constraint;
  const named = rival && { table: rival.table, key: keyToText(rival.key), digest: digestOf(rival) };
  return JSON.stringify({ text, side, rival: named });
}

function digestOf({ base, a, b }: Rival): string {
  const text = [base, a, b].map((row) => row && Object.entries(row).map(exactly));
  return createHash("sha256").update(JSON.stringify(text)).digest("hex").slice(0, 16);
}

function exactly([name, value]: readonly [string, SqlValue]): readonly string[] {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value);
  return [name, storageClassOf(value), text];
}
