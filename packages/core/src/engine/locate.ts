import type { Violation } from "../sqlite/collisions.ts";
import { sqliteCode } from "../sqlite/errors.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import { holdTriggers } from "../sqlite/triggers.ts";
import { writeStatement } from "../sqlite/write.ts";
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
  const names = new Set(keyed.map(({ table }) => table.name.toLowerCase()));
  const schema = schemas[side.side];
  holdTriggers(db, side.side, schema, schema.tables.filter(({ name }) => names.has(name.toLowerCase())));
  for (const shape of keyed) db.exec(writeStatement(shape, side, "delete"));
  return keyed.flatMap((shape) => [...refusedRows(space, shape, side, "update"), ...refusedRows(space, shape, side, "insert")]);
}

function refusedRows({ db }: Workspace, shape: Shape, side: SideNames, step: "update" | "insert"): Violation[] {
  const codes = step === "update" ? "(2)" : "(1, 4)";
  const rows = db.prepare(`SELECT ${C.n} FROM ${shape.work.plan} WHERE ${side.to} IN ${codes}`).pluck().all() as number[];
  if (rows.length === 0) return [];
  const write = db.prepare(writeStatement(shape, side, step, true));
  return rows.flatMap((n): Violation[] => {
    try {
      write.run(n);
      return [];
    } catch (error) {
      const kind = KINDS[sqliteCode(error)];
      if (kind === undefined) throw error;
      const constraint = error instanceof Error ? error.message : "a constraint";
      return [{ kind, shape, rows: [n], bag: false, constraint: constraint.replace(/ constraint failed/, "") }];
    }
  });
}
