import type Database from "better-sqlite3";
import { anyOf, contentMatches, qualified } from "../expressions.ts";
import { isSameName, quoteName } from "../identifier.ts";
import type { Table } from "../schema/types.ts";
import { CONTROL as C, SIDES } from "../shape.ts";
import type { Shape, SideNames } from "../shape.ts";
import type { KeyReference } from "./key-references.ts";
import { movedColumns, movedTable, pointsAtMoved } from "./moved-keys.ts";

/**
 * Where a parent takes the key of its twin, rows that move with it may stand under their new keys already,
 * on the other side. Those that are alike there are not doubled.
 */
export function markArrived(
  db: Database.Database,
  shape: Shape,
  references: readonly KeyReference[],
): void {
  const { table, work } = shape;
  for (const side of SIDES) {
    const other = side.side === "a" ? "b" : "a";
    const didOther = other === "a" ? C.didA : C.didB;
    db.exec(`UPDATE ${movedTable(table)} AS m SET twin = 1 WHERE m.side = '${side.side}' AND m.twin = 0
      AND EXISTS (SELECT 1 FROM ${shape.sides[side.side].all} AS x CROSS JOIN ${work.plan} AS q ON ${holdsMoved(table, "q", "f")}
        WHERE ${holdsMoved(table, "x", "o")} AND q.${didOther} = '+' AND q.${side.did} = '0' AND q.${C.outcome} = 'copy'
          AND ${contentMatches(withoutKey(table), "x", "q")} AND NOT ${pointsElsewhere(shape, references, side)})`);
  }
}

/**
 * Rows that would move to a key under which another row stands.
 *
 * @returns names of the decisions, see `movedTable`
 */
export function findTakenKeys(db: Database.Database, shape: Shape): string[] {
  const { table, work, sides } = shape;
  const taken = [sides.a.all, sides.b.all, work.plan].map(
    (source) => `EXISTS (SELECT 1 FROM ${source} AS x WHERE ${holdsMoved(table, "x", "f")})`,
  );
  return db
    .prepare(
      `SELECT DISTINCT m.root FROM ${movedTable(table)} AS m WHERE m.twin = 0 AND ${anyOf(taken)}`,
    )
    .pluck()
    .all() as string[];
}

/** Row `x` stands under the old key (`o`) or the new one (`f`) of moved row `m`. */
function holdsMoved(table: Table, x: string, letter: "o" | "f"): string {
  return movedColumns(table, letter, "m")
    .map((column, at) => {
      const part = table.key[at];
      return `${qualified(part?.name ?? "", x)} = ${column} COLLATE ${quoteName(part?.collation ?? "BINARY")}`;
    })
    .join(" AND ");
}

/** Outside of its key, row `x` points at a row that gets another key: the same number would be another row there. */
function pointsElsewhere(
  shape: Shape,
  references: readonly KeyReference[],
  side: SideNames,
): string {
  const found = references
    .filter(({ child }) => child === shape)
    .filter(({ columns }) => columns.some((name) => !isInKey(shape.table, name)))
    .map(
      (reference) =>
        `EXISTS (SELECT 1 FROM ${movedTable(reference.parent.table)} AS p
          WHERE p.side = '${side.side}' AND ${pointsAtMoved(reference, "x", "p")})`,
    );
  return anyOf(found);
}

function withoutKey(table: Table): Table {
  return { ...table, columns: table.columns.filter(({ name }) => !isInKey(table, name)) };
}

function isInKey({ key }: Table, name: string): boolean {
  return key.some((part) => isSameName(part.name, name));
}
