import type { Decision } from "@sync/model";
import { resolve } from "../reconcile/resolution.ts";
import { findCollisions } from "../sqlite/collisions.ts";
import type { Violation } from "../sqlite/collisions.ts";
import { findFiltered } from "../sqlite/release-outside.ts";
import { findAmbiguousContents } from "../sqlite/own-columns.ts";
import { findDanglingReferences } from "../sqlite/references.ts";
import { columnNames } from "../sqlite/rows.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { composeRows } from "../state/compose-rows.ts";
import { parkRows } from "../state/park.ts";
import { createResolutionWriter } from "../state/resolutions.ts";
import { openBroken } from "./broken.ts";
import type { BrokenRow } from "./broken.ts";
import { park } from "./check.ts";
import type { Ask } from "./ask.ts";
import { planMoves } from "./moves.ts";
import { refuseRekeys } from "./rekey.ts";
import type { RefusedRekeys } from "./rekey.ts";
import type { Workspace } from "./workspace.ts";

/** Who decides about broken constraints of one plan, and which of its rows have been asked about. */
export interface Questions {
  /** `null`: nobody is asked, every violation parks. */
  readonly ask: Ask | null;
  /** Why a table's timestamps must not decide. */
  readonly clockSkew: ReadonlyMap<string, string>;
  /** `table:number` of planned rows. Each is asked about once: a second violation parks it. */
  readonly asked: Set<string>;
}

/** Everything in the plan that would break a constraint on one of the sides. Evaluates; writes nothing but indexes. */
export function findViolations({ db, shapes, seen }: Workspace): Violation[] {
  return SIDES.flatMap((side) => {
    const references = { side, seen: seen[side.side], shapes };
    const collisions = shapes.flatMap((shape) => [
      ...findAmbiguousContents(db, shape, side),
      ...findFiltered(db, shape, side),
      ...findCollisions(db, shape, side),
    ]);
    return collisions.concat(findDanglingReferences(db, references));
  });
}

/**
 * Puts every planned row that would break a constraint to the policy, and parks what is still in the way
 * afterwards, with every row that would break one because of that, until the rest of the plan is sound
 * on both sides (DESIGN §3.12). Terminates: each round asks about a new row or parks one.
 *
 * @param refused - what the sides refused when the plan was written; else the plan itself is looked at
 * @returns rows that cannot be kept under fresh keys, because they or what follows them would break a
 *   constraint: then nothing is settled, and the plan has to be made again without these decisions
 */
export async function settleViolations(
  space: Workspace,
  questions: Questions,
  refused: readonly Violation[] = [],
): Promise<RefusedRekeys> {
  const look = space.db.transaction(() => findViolations(space));
  for (let found = refused.length > 0 ? refused : look(); found.length > 0; found = look()) {
    const impossible = refuseRekeys(space, found);
    if (impossible.size > 0) return impossible;
    const { ask } = questions;
    const open = ask === null ? NONE : openQuestions(space, found, questions.asked);
    if (open.size === 0) space.db.transaction(() => park(space, found))();
    if (ask === null) continue;
    for (const [shape, rows] of open) await askAbout(space, { ...questions, ask }, { shape, rows });
  }
  return new Map();
}

const NONE: Map<Shape, Map<number, Violation>> = new Map();

/**
 * The violations by table and planned row that a policy has not been asked about. Deletions first: where
 * a parent comes back, nothing is to be decided about its children.
 */
function openQuestions(
  { db }: Workspace,
  found: readonly Violation[],
  asked: ReadonlySet<string>,
): Map<Shape, Map<number, Violation>> {
  const open = new Map<Shape, Map<number, Violation>>();
  for (const violation of found.filter(({ bag, hopeless }) => !bag && hopeless !== true)) {
    for (const n of violation.rows) {
      if (asked.has(nameOf(violation.shape, n))) continue;
      const rows = open.get(violation.shape) ?? new Map<number, Violation>();
      open.set(violation.shape, rows.set(n, violation));
    }
  }
  const deletions = new Map(
    [...open].flatMap(([shape, rows]) => {
      const gone = deletedRows(db, shape, [...rows.keys()]);
      const some = [...rows].filter(([n]) => gone.has(n));
      return some.length === 0 ? [] : [[shape, new Map(some)] as const];
    }),
  );
  return deletions.size > 0 ? deletions : open;
}

function deletedRows(db: Workspace["db"], { work }: Shape, rows: readonly number[]): Set<unknown> {
  return new Set(
    db
      .prepare(
        `SELECT ${C.n} FROM ${work.plan} WHERE ${C.gone} = 1 AND ${C.n} IN (SELECT value FROM json_each(?))`,
      )
      .pluck()
      .all(JSON.stringify(rows)),
  );
}

interface RowsToAsk {
  readonly shape: Shape;
  readonly rows: ReadonlyMap<number, Violation>;
}

async function askAbout(
  space: Workspace,
  { ask, clockSkew, asked }: Questions & { readonly ask: Ask },
  { shape, rows }: RowsToAsk,
): Promise<void> {
  const skew = clockSkew.get(shape.table.name) ?? null;
  const { broken, stillParked } = space.db.transaction(() =>
    openBroken(space, shape, rows, skew),
  )();
  for (const n of rows.keys()) asked.add(nameOf(shape, n));
  const answers = broken.length === 0 ? [] : await ask(broken.map(({ open }) => open.conflict));
  space.db.transaction(() => {
    for (const { row, why } of stillParked)
      parkRows(space.db, shape, [row], { run: space.run, why });
    decide(space, shape, broken, answers);
    planMoves(space);
  })();
}

function decide(
  space: Workspace,
  shape: Shape,
  broken: readonly BrokenRow[],
  answers: readonly (Decision | undefined)[],
): void {
  const { db, run } = space;
  const write = createResolutionWriter(db, shape, run);
  const columns = columnNames(shape.table);
  const changed: number[] = [];
  broken.forEach((row, index) => {
    const answer = answers[index];
    // The row stays as it is planned; what is in its way may give way, or both will be parked.
    if (insists(row, answer)) return;
    const { open, obstacle } = row;
    const { conflict, sources } = open;
    const resolution = resolve({ conflict, columns, sources }, answer, run.policy);
    if (resolution.type === "park") {
      const reason = `it would break ${conflict.constraint?.text ?? "a constraint"}: ${resolution.reason}`;
      const why = { kind: conflict.kind, reason, retry: resolution.cause === "failed", obstacle };
      parkRows(db, shape, [open.n], { run, why });
    } else {
      write({ open, resolution, policy: run.policy });
      changed.push(open.n);
    }
  });
  if (changed.length > 0)
    composeRows(
      db,
      shape,
      `p.${C.n} IN (SELECT value FROM json_each('${JSON.stringify(changed)}'))`,
    );
}

function insists({ origin }: BrokenRow, answer: Decision | undefined): boolean {
  return answer?.type === "take" && answer.side === origin;
}

function nameOf({ table }: Shape, n: number): string {
  return `${table.name}:${n}`;
}
