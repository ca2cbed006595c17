import type Database from "better-sqlite3";
import type { Row, Side } from "@sync/model";
import type { Sources } from "../reconcile/resolution.ts";
import { CHOSEN, chosenTable, plannedChosen } from "../sqlite/chosen.ts";
import { quoteName } from "../sqlite/identifier.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { compareImages, mergeColumns } from "./compare-images.ts";
import { keepImages } from "./images.ts";
import type { RunRecord } from "./runs.ts";

const OPEN = `p.${C.outcome} = 'open'`;

/**
 * Makes a conflict of each chosen row in the plan, under a new number, with images of what base and
 * sides hold now. The entry of the inbox that it is about stays as it is until the run took effect: a
 * decision that is refused, or a run that is given up, leaves no trace there.
 */
export function keepChosen(db: Database.Database, shape: Shape, run: RunRecord): void {
  const { table, work } = shape;
  db.exec(`UPDATE ${work.plan} AS p SET ${C.conflict} = p.${C.n} +
    (SELECT ifnull(max(seq), 0) FROM ${run.schema}.sqlite_sequence WHERE name = 'sync_conflict') WHERE ${OPEN}`);
  db.prepare(
    `INSERT INTO ${run.schema}.sync_conflict (id, run, tbl, n, kind, status, disputed, changed_ms)
     SELECT p.${C.conflict}, ?, ?, p.${C.n}, k.kind, 'draft', k.disputed, ?
     ${plannedChosen(shape)} CROSS JOIN state.sync_conflict AS k ON k.id = c.${CHOSEN.owner} WHERE ${OPEN}
     ON CONFLICT DO NOTHING`,
  ).run(run.id, table.name, run.startedMs);
  keepImages(db, shape, OPEN);
  nameSources(db, shape);
}

/** `sources` of chosen rows: as in any conflict where both sides changed the row, else the side that did. */
function nameSources(db: Database.Database, shape: Shape): void {
  const { table, work } = shape;
  const letters = (letter: string): string => `'${letter.repeat(table.columns.length)}'`;
  db.exec(`UPDATE ${work.plan} AS p SET ${C.sources} = CASE
      WHEN p.${C.didA} IN ('=', '0') AND p.${C.didB} IN ('~', '+') THEN ${letters("b")} ELSE ${letters("a")} END
    WHERE ${OPEN}`);
  compareImages(db, shape);
  mergeColumns(db, shape);
  // Nothing left in dispute: a merge in any other run, here for a person to decide.
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'open' WHERE ${C.outcome} = 'merge'`);
}

/** A chosen row of the plan, as far as a decision about it depends on it. */
export interface PlannedPick {
  readonly pick: number;
  /** Its number in the plan and of its conflict. */
  readonly n: number;
  readonly id: number;
  readonly didA: string;
  readonly didB: string;
  readonly sources: Sources;
}

export function readPlannedPicks(db: Database.Database, shape: Shape): PlannedPick[] {
  return db
    .prepare(
      `SELECT c.${CHOSEN.pick} AS pick, p.${C.n} AS n, p.${C.conflict} AS id, p.${C.didA} AS didA, p.${C.didB} AS didB,
         p.${C.sources} AS sources ${plannedChosen(shape)} WHERE ${OPEN}`,
    )
    .all() as PlannedPick[];
}

/** What is noted about a chosen row: its result, or that it is to be left alone. */
export interface HandNote {
  readonly outcome: "resolve" | "park";
  readonly gone: boolean;
  readonly sources: Sources;
  readonly written: Row | null;
  readonly winner: Side | null;
  readonly reason: string;
}

/** Notes a decision about a chosen row, in the plan and in the record of its conflict. */
export function noteByHand(
  db: Database.Database,
  shape: Shape,
  run: RunRecord,
  { pick, note }: { readonly pick: PlannedPick; readonly note: HandNote },
): void {
  if (note.written !== null) keepTyped(db, shape, pick.id, note.written);
  db.prepare(
    `UPDATE ${shape.work.plan} SET ${C.outcome} = ?, ${C.gone} = ?, ${C.sources} = ? WHERE ${C.n} = ?`,
  ).run(note.outcome, note.gone ? 1 : 0, note.sources, pick.n);
  db.prepare(
    `UPDATE ${run.schema}.sync_conflict SET policy = ?, policy_version = ?, reason = ?, winner = ? WHERE id = ?`,
  ).run(run.policy, run.policyVersion, note.reason, note.winner, pick.id);
  db.prepare(
    `UPDATE ${chosenTable(shape)} SET ${CHOSEN.status} = 'decided' WHERE ${CHOSEN.pick} = ?`,
  ).run(pick.pick);
}

/** What a person typed becomes image `w`: the columns that are not in it are not taken from there. */
function keepTyped(db: Database.Database, { work }: Shape, id: number, row: Row): void {
  const names = Object.keys(row);
  const columns = names.map((name) => `, ${quoteName(name)}`).join("");
  db.prepare(
    `INSERT INTO ${work.kept} (${C.owner}, ${C.image}${columns}) VALUES (?, 'w'${", ?".repeat(names.length)})`,
  ).run(id, ...names.map((name) => row[name]));
}
