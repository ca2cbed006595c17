import type Database from "better-sqlite3";
import { keyMatches, qualified } from "../expressions.ts";
import { hasGeneratedKey } from "../generated-key.ts";
import { isSameName, quoteName } from "../identifier.ts";
import type { Table } from "../schema/types.ts";
import { CONTROL as C, SIDES } from "../shape.ts";
import type { Shape, SideNames } from "../shape.ts";
import { twinKey } from "./twins.ts";
import { childOn, keyPositions, pointsAtKey } from "./key-references.ts";
import type { KeyReference } from "./key-references.ts";

/**
 * `temp."sync:moved:<table>"`: rows of one side that get another key. Old key `o0, o1, …`, new key
 * `f0, f1, …`; `n` is the planned row under the old key; `root` names the decision that it comes from;
 * `twin` is 1 where the row stands under the new key already, on the other side.
 */
export function movedTable({ name }: Table): string {
  return `temp.${quoteName(`sync:moved:${name}`)}`;
}

/** The old key's columns, or the new one's, in the order of the key. */
export function movedColumns({ key }: Table, letter: "o" | "f", alias: string): string[] {
  return key.map((_, index) => `${alias}.${letter}${index}`);
}

/** Makes the empty table of a shape. Values are compared as in the user's key. */
export function createMoved(db: Database.Database, { table }: Shape): void {
  const column = (letter: string): string =>
    table.key
      .map(({ name, collation }, index) => {
        const affinity = table.columns.find((one) => one.name === name)?.affinity ?? "BLOB";
        return `${letter}${index} ${affinity === "BLOB" ? "" : affinity} COLLATE ${quoteName(collation)}`;
      })
      .join(", ");
  db.exec(`DROP TABLE IF EXISTS ${movedTable(table)};
    CREATE TABLE ${movedTable(table)} (side TEXT, n INTEGER, root TEXT, twin INTEGER DEFAULT 0,
      ${column("o")}, ${column("f")}, PRIMARY KEY (side, ${table.key.map((_, index) => `o${index}`).join(", ")}))`);
}

/**
 * Puts the rows that a decision moves into the table, with fresh keys in the order of the old ones, so
 * that they do not depend on which side is a.
 *
 * @param last - the greatest key in use anywhere
 * @returns how many there are
 */
export function seedMoved(db: Database.Database, { table, work }: Shape, last: bigint): number {
  const key = quoteName(table.key[0]?.name ?? "");
  return db
    .prepare(
      `INSERT INTO ${movedTable(table)} (side, n, root, twin, o0, f0)
       SELECT p.${C.rekey}, p.${C.n}, ifnull(p.${C.root}, ? || ':' || p.${C.n}), ${twinKey(table, "p")} IS NOT NULL, p.${key},
         ifnull(${twinKey(table, "p")}, ? + row_number() OVER (ORDER BY p.${key}))
       FROM ${work.plan} AS p WHERE p.${C.outcome} = 'resolve' AND p.${C.rekey} IN ('a', 'b')`,
    )
    .run(table.name, last).changes;
}

/**
 * Rows that both sides made alike under one generated key, but whose parents are two different rows, are
 * two different rows themselves: the one of the side whose parent moves gets a fresh key as well.
 *
 * @returns how many rows were found to be two
 */
export function splitAgreed(db: Database.Database, references: readonly KeyReference[]): number {
  let split = 0;
  for (const reference of references) {
    const { child, parent } = reference;
    if (child === null || !hasGeneratedKey(child.table)) continue;
    for (const side of SIDES) {
      const stays = side.side === "a" ? "b" : "a";
      split += db
        .prepare(
          `UPDATE ${child.work.plan} AS p SET ${C.outcome} = 'resolve', ${C.rekey} = '${side.side}', ${C.root} = m.root,
             ${C.sources} = '${stays.repeat(child.table.columns.length)}'
           FROM ${movedTable(parent.table)} AS m WHERE m.side = '${side.side}' AND ${pointsAtMoved(reference, "p", "m")}
             AND p.${C.outcome} = 'agree' AND p.${C.didA} = '+' AND p.${C.didB} = '+'`,
        )
        .run().changes;
    }
  }
  return split;
}

/** What was split because of a decision that is not carried out is one row again. */
export function uniteSplit(db: Database.Database, { work }: Shape): void {
  db.exec(`UPDATE ${work.plan} SET ${C.outcome} = 'agree', ${C.rekey} = NULL, ${C.sources} = NULL, ${C.root} = NULL
    WHERE ${C.root} IS NOT NULL`);
}

/** `x.columns` hold the old key of moved row `m`, compared as the parent compares. */
export function pointsAtMoved(reference: KeyReference, x: string, m: string): string {
  return pointsAtKey(reference, x, (at) => `${m}.o${at}`);
}

/** The new value of each referring column: what stands in moved row `m` for the parent's column. */
export function newValues({ parent, parentColumns }: KeyReference, m: string): string[] {
  return parentColumns.map(
    (name) => `${m}.f${parent.table.key.findIndex((part) => isSameName(part.name, name))}`,
  );
}

/**
 * Rows whose own key holds a moved key move with it, and so on.
 *
 * @returns how many rows were found that were not known before
 */
export function moveWithParents(
  db: Database.Database,
  references: readonly KeyReference[],
): number {
  let found = 0;
  for (const reference of references) {
    if (reference.child === null || keyPositions(reference).every((at) => at < 0)) continue;
    for (const side of SIDES) found += moveChildren(db, reference, reference.child, side);
  }
  return found;
}

function moveChildren(
  db: Database.Database,
  reference: KeyReference,
  child: Shape,
  side: SideNames,
): number {
  const { table } = child;
  const [moved, parents] = [movedTable(table), movedTable(reference.parent.table)];
  const values = newValues(reference, "m");
  const positions = keyPositions(reference);
  const replaced = new Map(positions.map((at, i) => [at, values[i] ?? "NULL"]));
  const old = table.key.map(({ name }) => qualified(name, "x"));
  const fresh = old.map((value, at) => replaced.get(at) ?? value);
  const names = (letter: string): string => table.key.map((_, at) => `${letter}${at}`).join(", ");
  const kept = [...replaced.keys()].filter((at) => at >= 0).map((at) => `f${at} = excluded.f${at}`);
  const before = count(db, moved);
  db.exec(`INSERT INTO ${moved} (side, n, root, ${names("o")}, ${names("f")})
    SELECT '${side.side}', p.${C.n}, m.root, ${old.join(", ")}, ${fresh.join(", ")}
    FROM ${child.work.plan} AS p
    CROSS JOIN ${childOn(reference, side)} AS x ON ${keyMatches(table, "x", "p")}
    CROSS JOIN ${parents} AS m ON m.side = '${side.side}' AND ${pointsAtMoved(reference, "x", "m")}
    WHERE p.${side.did} = '+'
    ON CONFLICT DO UPDATE SET ${kept.join(", ")}`);
  return count(db, moved) - before;
}

function count(db: Database.Database, table: string): number {
  return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
}
