import { removeRows } from "../sqlite/bag.ts";
import { columnList } from "../sqlite/expressions.ts";
import type { Violation } from "../sqlite/collisions.ts";
import { sqliteCode } from "../sqlite/errors.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C, WRITE } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import { storedTables } from "../sqlite/stored-tables.ts";
import { holdTriggers } from "../sqlite/triggers.ts";
import { deleteStatement, putAside, writeStatement } from "../sqlite/write.ts";
import type { Workspace } from "./workspace.ts";

/** Which conflict kind a constraint error of SQLite is (rescode.html). */
const KINDS: Readonly<Record<string, Violation["kind"]>> = {
  SQLITE_CONSTRAINT_CHECK: "check",
  SQLITE_CONSTRAINT_NOTNULL: "not-null",
  SQLITE_CONSTRAINT_DATATYPE: "type",
  SQLITE_CONSTRAINT_UNIQUE: "unique",
  SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
  SQLITE_CONSTRAINT_ROWID: "unique",
};

/**
 * Finds the planned rows that a side refuses, by writing them one at a time. Runs inside a write
 * transaction that the caller rolls back. Slow, and only for runs where the set-wise write failed.
 */
export function locateViolations(space: Workspace, side: SideNames): Violation[] {
  const { db, shapes, schemas } = space;
  const keyed = shapes.filter(isKeyed);
  const schema = schemas[side.side];
  holdTriggers(db, side.side, schema, storedTables(schema, shapes, side));
  removePlanned(db, keyed, shapes.filter(isBag), side);
  return [
    ...CODES.flatMap(([step, code]) =>
      keyed.flatMap((shape) => refusedRows(space, shape, { side, step, code })),
    ),
    ...shapes.filter(isBag).flatMap((shape) => refusedContents(space, shape, side)),
  ];
}

/** All that goes is taken away before anything comes, so that only a true collision is one. */
export function removePlanned(
  db: Workspace["db"],
  keyed: readonly Shape[],
  bags: readonly Shape[],
  side: SideNames,
): void {
  for (const shape of keyed) {
    putAside(db, shape, side);
    db.exec(deleteStatement(shape, side));
  }
  for (const shape of bags) removeRows(db, shape, side);
}

function refusedContents({ db }: Workspace, shape: Shape, side: SideNames): Violation[] {
  const rows = db
    .prepare(`SELECT ${C.n} FROM ${shape.work.planBag} WHERE ${side.to} > 0`)
    .pluck()
    .all() as number[];
  if (rows.length === 0) return [];
  const { own, target, planBag } = shape.sides[side.side];
  const columns = columnList(own);
  const add = db.prepare(
    `INSERT OR ABORT INTO ${target} (${columns}) SELECT ${columns} FROM ${planBag} WHERE ${C.n} = ?`,
  );
  return rows.flatMap((n) => refusal(() => add.run(n), { shape, side, rows: [n], bag: true }));
}

/** The steps that can meet a constraint, and the code of the rows they write. */
const CODES = [
  ["update", WRITE.update],
  ["replace", WRITE.replace],
  ["insert", WRITE.insert],
] as const;

interface Attempt {
  readonly side: SideNames;
  readonly step: "update" | "replace" | "insert";
  readonly code: number;
}

function refusedRows({ db }: Workspace, shape: Shape, { side, step, code }: Attempt): Violation[] {
  const rows = db
    .prepare(`SELECT ${C.n} FROM ${shape.work.plan} WHERE ${side.to} = ${code}`)
    .pluck()
    .all() as number[];
  const statement = writeStatement(shape, side, step, true);
  if (rows.length === 0 || statement === null) return [];
  const write = db.prepare(statement);
  return rows.flatMap((n) => refusal(() => write.run(n), { shape, side, rows: [n], bag: false }));
}

/** What a write meets: nothing, or a constraint. */
function refusal(
  write: () => unknown,
  row: Pick<Violation, "shape" | "side" | "rows" | "bag">,
): Violation[] {
  try {
    write();
    return [];
  } catch (error) {
    const code = sqliteCode(error);
    if (!code.startsWith("SQLITE_CONSTRAINT")) throw error;
    const kind = KINDS[code] ?? "check";
    const constraint = error instanceof Error ? error.message : "a constraint";
    return [
      { ...row, kind, rival: null, constraint: constraint.replace(/ constraint failed/, "") },
    ];
  }
}
