import type Database from "better-sqlite3";
import { columnList, keyMatches, qualified } from "../sqlite/expressions.ts";
import { endsOf } from "../sqlite/one-way.ts";
import type { OneWay } from "../sqlite/one-way.ts";
import { CONTROL as C, TOUCHES_ROW } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { numberConflicts } from "./conflicts.ts";
import { keepImages } from "./images.ts";
import type { RunRecord } from "./runs.ts";

/** Stands in the ledger for the policy where a mirror overwrote the target. */
export const BY_MIRROR = "mirror";

const REASON = "the target becomes the source";

interface Mirrored {
  readonly run: RunRecord;
  readonly oneWay: OneWay;
}

/**
 * Turns a plan made for both directions into that of a mirror: whatever the target did gives way to the
 * source's row, or its absence. Every value of the target that is overwritten or deleted is noted in the
 * ledger, also one that the target had never changed, so that the target can be given back as it was.
 * Set-wise: the two may have nothing in common.
 */
export function planMirror(db: Database.Database, shape: Shape, about: Mirrored): void {
  const { table, work } = shape;
  const { source, target } = endsOf(about.oneWay);
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'open', ${C.toA} = 0, ${C.toB} = 0, ${C.rowidA} = NULL, ${C.rowidB} = NULL
    WHERE ${C.outcome} IN ('copy', 'open') AND ${target.did} NOT IN ('0', '=')`);
  const overwritten = `(p.${C.outcome} = 'open' OR (p.${C.outcome} = 'copy' AND p.${target.to} IN ${TOUCHES_ROW}))`;
  numberConflicts(db, shape, about.run, overwritten);
  // Without the base, all of the target's row counts as lost, and undo gives back all of it.
  keepImages(db, shape, overwritten, null);
  recordMirrored(db, `${work.plan} AS p WHERE ${overwritten}`, mirroredKind(shape, about.oneWay), {
    ...about,
    table: table.name,
  });
  noteLost(db, `${work.plan} AS p WHERE ${overwritten} AND p.${target.did} <> '-'`, {
    ...about,
    table: table.name,
  });
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'resolve', ${C.gone} = (${source.did} IN ('-', '0')),
    ${C.sources} = '${source.side.repeat(table.columns.length)}' WHERE ${C.outcome} = 'open'`);
  if (table.rowidName === null) return;
  // A row that comes back goes to where the source has it.
  db.exec(`UPDATE ${work.plan} AS p SET ${target.rowid} = ${qualified(table.rowidName, "x")} FROM ${shape[source.side]} AS x
    WHERE p.${C.outcome} = 'resolve' AND p.${target.did} = '-' AND ${keyMatches(table, "x", "p")}`);
}

/** Rows of a bag that a mirror takes away: each content with one entry. They cannot be given back by a key, but are shown. */
export function noteBagLosses(db: Database.Database, shape: Shape, about: Mirrored): void {
  const { table, work } = shape;
  const { target } = endsOf(about.oneWay);
  const chosen = `p.${target.to} < 0`;
  db.exec(`UPDATE ${work.planBag} AS p SET ${C.conflict} = p.${C.n} +
    (SELECT ifnull(max(seq), 0) FROM ${about.run.schema}.sqlite_sequence WHERE name = 'sync_conflict') WHERE ${chosen}`);
  const rows = `${work.planBag} AS p WHERE ${chosen}`;
  recordMirrored(db, rows, "'update/delete'", { ...about, table: table.name });
  for (const [image, count] of [
    ["a", C.countA],
    ["b", C.countB],
  ] as const) {
    db.exec(`INSERT INTO ${work.kept} (${C.owner}, ${C.image}, ${columnList(table)})
      SELECT p.${C.conflict}, '${image}', ${columnList(table, "p")} FROM ${rows} AND p.${count} > 0`);
  }
  noteLost(db, rows, { ...about, table: table.name });
}

function mirroredKind({ work }: Shape, oneWay: OneWay): string {
  const { source, target } = endsOf(oneWay);
  const isDeletion = `p.${target.did} = '-' OR p.${source.did} IN ('-', '0')`;
  const both = work.base === null ? "'insert/insert'" : "'update/update'";
  return `CASE WHEN ${isDeletion} THEN 'update/delete' WHEN p.${C.didA} = '+' AND p.${C.didB} = '+' THEN 'insert/insert' ELSE ${both} END`;
}

type Noted = Mirrored & { readonly table: string };

function recordMirrored(
  db: Database.Database,
  plannedRows: string,
  kind: string,
  { run, oneWay, table }: Noted,
): void {
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, disputed, policy, reason, winner, changed_ms)
     SELECT p.${C.conflict}, @run, @table, p.${C.n}, ${kind}, 'draft', '[]', @policy, @reason, @winner, @ms FROM ${plannedRows}
     ON CONFLICT (id) DO UPDATE SET run = excluded.run, n = excluded.n, kind = excluded.kind, disputed = excluded.disputed,
       policy = excluded.policy, reason = excluded.reason, winner = excluded.winner, settled = 0, changed_ms = excluded.changed_ms`,
  ).run({
    run: run.id,
    table,
    policy: BY_MIRROR,
    reason: REASON,
    winner: oneWay.source,
    ms: run.startedMs,
  });
}

function noteLost(db: Database.Database, plannedRows: string, { run, oneWay, table }: Noted): void {
  db.prepare(
    `INSERT INTO ${run.schema}.sync_ledger (run, tbl, conflict, lost, winner, policy, reason, status, time_ms)
     SELECT ?, ?, p.${C.conflict}, ?, ?, ?, ?, 'pending', ? FROM ${plannedRows}`,
  ).run(run.id, table, oneWay.target, oneWay.source, BY_MIRROR, REASON, run.startedMs);
}
