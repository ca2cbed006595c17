import type Database from "better-sqlite3";
import type { Shape, SideNames } from "./shape.ts";

/**
 * Raises a side's AUTOINCREMENT counters to the other side's where those are higher; they never go
 * back, so that a key handed out and deleted on one side is not handed out again on the other.
 * Only where the side has such a table already written to; needs an open write transaction.
 */
export function raiseSequences(
  db: Database.Database,
  shapes: readonly Shape[],
  { side }: SideNames,
): void {
  const other = side === "a" ? "b" : "a";
  for (const { sides } of shapes.filter((shape) => shape.sides[side].own.autoincrement)) {
    const [here, there] = [sides[side].own.name, sides[other].own.name];
    if (!hasSequence(db, side) || !hasSequence(db, other)) continue;
    const value = db
      .prepare(`SELECT max(seq) FROM ${other}.sqlite_sequence WHERE name = ? COLLATE NOCASE`)
      .safeIntegers()
      .pluck()
      .get(there) as bigint | null;
    if (value === null) continue;
    const raised = db
      .prepare(`UPDATE ${side}.sqlite_sequence SET seq = max(seq, ?) WHERE name = ? COLLATE NOCASE`)
      .run(value, here).changes;
    if (raised === 0)
      db.prepare(`INSERT INTO ${side}.sqlite_sequence (name, seq) VALUES (?, ?)`).run(here, value);
  }
}

function hasSequence(db: Database.Database, side: "a" | "b"): boolean {
  return (
    db.prepare(`SELECT 1 FROM ${side}.sqlite_schema WHERE name = 'sqlite_sequence'`).get() !==
    undefined
  );
}
