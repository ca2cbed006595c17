import type Database from "better-sqlite3";
import { columnList, keyMatches, qualified } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import { CONTROL as C, REKEY, SIDES } from "../shape.ts";
import type { Shape, SideNames } from "../shape.ts";
import { childOn, keyPositions } from "./key-references.ts";
import type { KeyReference } from "./key-references.ts";
import { movedColumns, movedTable, newValues, pointsAtMoved } from "./moved-keys.ts";

/** Planned rows whose values are those of one side: its copies, its rows under fresh keys, what it has under disputed ones. */
function belongsTo(side: SideNames, p: string): string {
  const other = side.side === "a" ? REKEY.leavesB : REKEY.leavesA;
  return `(${p}.${C.rekey} IN ('${freshOf(side)}', '${other}')
    OR (${p}.${C.outcome} = 'copy' AND ${p}.${side.did} IN ('~', '+') AND (${p}.${C.rekey} IS NULL OR ${p}.${C.rekey} = '${REKEY.follows}')))`;
}

/** What marks a row of a side that stands under its fresh key. */
export function freshOf({ side }: SideNames): string {
  return side === "a" ? REKEY.freshA : REKEY.freshB;
}

/**
 * Decisions that cannot be carried out, because a row points at one that would get another key and cannot
 * follow it: it was not changed on that side, it is in conflict itself, or its table is not part of the run.
 *
 * @returns names of the decisions, see `movedTable`
 */
export function findStuck(db: Database.Database, references: readonly KeyReference[]): string[] {
  const stuck = references.flatMap((reference) =>
    reference.sides.flatMap((side) => stuckAt(db, reference, side)),
  );
  return [...new Set(stuck)];
}

function stuckAt(db: Database.Database, reference: KeyReference, side: SideNames): string[] {
  const moved = movedTable(reference.parent.table);
  const { child } = reference;
  const pointing = `SELECT DISTINCT m.root FROM ${childOn(reference, side)} AS x
    CROSS JOIN ${moved} AS m ON m.side = '${side.side}' AND ${pointsAtMoved(reference, "x", "m")}`;
  if (child === null) return roots(db, pointing);
  const { table, work } = child;
  // A row cannot follow with its key where that is not new on its side.
  const isInKey = keyPositions(reference).some((at) => at >= 0);
  const own = movedColumns(table, "o", "c").map(
    (column, at) =>
      `${column} = ${qualified(table.key[at]?.name ?? "", "x")} COLLATE ${quoteName(table.key[at]?.collation ?? "BINARY")}`,
  );
  return roots(
    db,
    `${pointing} LEFT JOIN ${work.plan} AS p ON ${keyMatches(table, "p", "x")}
     LEFT JOIN ${movedTable(table)} AS c ON c.side = '${side.side}' AND ${own.join(" AND ")}
     WHERE NOT ifnull(CASE WHEN c.side IS NOT NULL THEN p.${side.did} = '+'
       ELSE ${isInKey ? "FALSE" : belongsTo(side, "p")} END, 0)`,
  );
}

function roots(db: Database.Database, sql: string): string[] {
  return db.prepare(sql).pluck().all() as string[];
}

/**
 * Of an interrupted run: some row of the side points at one that its plan moves, and the plan knows
 * nothing of it.
 */
export function hasNewFollower(
  db: Database.Database,
  reference: KeyReference,
  side: SideNames,
): boolean {
  const { child, columns, parent, parentColumns } = reference;
  const leaves = side.side === "a" ? REKEY.leavesA : REKEY.leavesB;
  const pointsAt = parentColumns
    .map((name, i) => `${qualified(name, "q")} = +${qualified(columns[i] ?? "", "x")}`)
    .join(" AND ");
  const isKnown =
    child === null
      ? "FALSE"
      : `EXISTS (SELECT 1 FROM ${child.work.plan} AS p WHERE p.${C.rekey} IS NOT NULL AND ${keyMatches(child.table, "p", "x")})`;
  const sql = `SELECT 1 FROM ${childOn(reference, side)} AS x CROSS JOIN ${parent.work.plan} AS q
    WHERE ${pointsAt} AND q.${C.rekey} = '${leaves}' AND NOT ${isKnown} LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** Planned rows that point at moved ones and are not moved themselves: what they hold now has to be kept. */
export function findFollowers(
  db: Database.Database,
  references: readonly KeyReference[],
  shape: Shape,
): number[] {
  return references
    .filter(({ child }) => child === shape)
    .flatMap((reference) =>
      SIDES.flatMap(
        (side) =>
          db
            .prepare(
              `SELECT p.${C.n} FROM ${shape.work.plan} AS p CROSS JOIN ${movedTable(reference.parent.table)} AS m
               ON m.side = '${side.side}' AND ${pointsAtMoved(reference, "p", "m")} WHERE ${belongsTo(side, "p")}`,
            )
            .pluck()
            .all() as number[],
      ),
    );
}

/** Lets planned rows point where the rows they pointed at have gone. After their values are composed. */
export function followParents(db: Database.Database, references: readonly KeyReference[]): void {
  for (const reference of references) {
    const { child, columns, parent } = reference;
    if (child === null) continue;
    const values = newValues(reference, "m").map(
      (value, i) => `${quoteName(columns[i] ?? "")} = ${value}`,
    );
    for (const side of SIDES) {
      db.exec(`UPDATE ${child.work.plan} AS p SET ${values.join(", ")}, ${C.root} = m.root,
          ${C.rekey} = ifnull(p.${C.rekey}, '${REKEY.follows}'),
          ${side.to} = CASE WHEN p.${side.to} = 0 THEN 2 ELSE p.${side.to} END
        FROM ${movedTable(parent.table)} AS m
        WHERE m.side = '${side.side}' AND p.${C.gone} = 0 AND ${belongsTo(side, "p")} AND ${pointsAtMoved(reference, "p", "m")}`);
    }
  }
}

/** Plans moved rows under their fresh keys, on both sides, with the values their side holds. */
export function planFresh(db: Database.Database, { table, work }: Shape): void {
  const fresh = movedColumns(table, "f", "m");
  const values = table.columns.map(({ name }) => {
    const at = table.key.findIndex((part) => part.name === name);
    return at < 0 ? qualified(name, "k") : (fresh[at] ?? "NULL");
  });
  for (const side of SIDES) {
    db.exec(`INSERT INTO ${work.plan} (${columnList(table)}, ${C.didA}, ${C.didB}, ${C.outcome}, ${C.toA}, ${C.toB},
        ${C.rekey}, ${C.root})
      SELECT ${values.join(", ")}, '0', '0', 'rekey', 1, 1, '${freshOf(side)}', m.root
      FROM ${movedTable(table)} AS m CROSS JOIN ${work.plan} AS p ON p.${C.n} = m.n
      CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'
      WHERE m.side = '${side.side}' AND m.twin = 0`);
  }
}

/**
 * Under the key that a row leaves stands what the other side has there, or nothing. For decisions this
 * is said by their letters; here for the rows that had to move with them.
 */
export function planLeft(db: Database.Database, { table, work }: Shape): void {
  for (const side of SIDES) {
    const other = side.side === "a" ? SIDES[1] : SIDES[0];
    if (other === undefined) continue;
    const moved = `SELECT n FROM ${movedTable(table)} WHERE side = '${side.side}'`;
    const leaves = side.side === "a" ? REKEY.leavesA : REKEY.leavesB;
    db.exec(`UPDATE ${work.plan} SET ${C.gone} = 1, ${side.to} = 3, ${other.to} = 0, ${C.rekey} = '${leaves}'
      WHERE ${C.n} IN (${moved}) AND ${other.did} = '0'`);
    db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'resolve', ${C.rekey} = '${leaves}',
        ${C.sources} = '${other.side.repeat(table.columns.length)}'
      WHERE ${C.n} IN (${moved}) AND ${other.did} = '+' AND ${C.outcome} <> 'agree'`);
    // Each side's row left, with another of its parents: nothing stands there any more.
    db.exec(`UPDATE ${work.plan} SET ${C.gone} = 1, ${C.outcome} = 'resolve', ${C.rekey} = '${leaves}'
      WHERE ${C.n} IN (${moved}) AND ${C.n} IN (SELECT n FROM ${movedTable(table)} WHERE side = '${other.side}')`);
    db.exec(`UPDATE ${work.plan} SET ${C.root} = (SELECT m.root FROM ${movedTable(table)} AS m WHERE m.n = ${C.n})
      WHERE ${C.n} IN (${moved})`);
  }
}

/** Old and new keys of moved rows, for the report: the key's columns twice, in order. */
export function movedKeysQuery({ table }: Shape): string {
  const columns = [...movedColumns(table, "o", "m"), ...movedColumns(table, "f", "m")];
  return `SELECT m.side, ${columns.join(", ")} FROM ${movedTable(table)} AS m ORDER BY m.side, ${movedColumns(table, "o", "m").join(", ")}`;
}
