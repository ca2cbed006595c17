import type Database from "better-sqlite3";
import { anyOf, concatenated, contentMatches, qualified } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import type { Table } from "../schema/types.ts";
import { CONTROL as C, REKEY, SIDES } from "../shape.ts";
import type { Shape, SideNames } from "../shape.ts";
import { pointsAtKey } from "./key-references.ts";
import type { KeyReference } from "./key-references.ts";

/** `temp."sync:twins:<table>"`: for planned row `n`, the key under which the other side has the same row as `side` has here. */
function twinsTable({ name }: Table): string {
  return `temp.${quoteName(`sync:twins:${name}`)}`;
}

/**
 * Looks whether a row that is to get a fresh key is there already under another one: a run that renumbered
it, or it came another way. Then it takes that key instead of being doubled,
 * and where it is the other side's row that has a twin, that one moves. A row that points at one of two different
 * rows under one key has no twin: the same number means another row on the other side.
 */
export function findTwins(
  db: Database.Database,
  shape: Shape,
  references: readonly KeyReference[],
): void {
  const { work } = shape;
  const twins = twinsTable(shape.table);
  db.exec(`DROP TABLE IF EXISTS ${twins};
    CREATE TABLE ${twins} (n INTEGER, side TEXT, key INTEGER, PRIMARY KEY (n, side))`);
  if (shape.table.columns.length < 2) return;
  for (const side of SIDES) findTwinsOf(db, shape, side, references);
  for (const { side } of SIDES) {
    const stays = side === "a" ? "b" : "a";
    const hasTwin = (of: string): string =>
      `EXISTS (SELECT 1 FROM ${twins} AS t WHERE t.n = ${C.n} AND t.side = '${of}')`;
    db.exec(`UPDATE ${work.plan} SET ${C.rekey} = '${side}', ${C.sources} = '${stays.repeat(shape.table.columns.length)}'
      WHERE ${C.rekey} = '${stays}' AND ${hasTwin(side)} AND NOT ${hasTwin(stays)}`);
  }
}

/** The key of the twin of planned row `alias`, or NULL. */
export function twinKey(table: Table, alias: string): string {
  return `(SELECT t.key FROM ${twinsTable(table)} AS t WHERE t.n = ${alias}.${C.n} AND t.side = ${alias}.${C.rekey})`;
}

/** Rows are told by their text first, which can be indexed; then compared exactly. Equal ones pair up in the order of keys. */
function findTwinsOf(
  db: Database.Database,
  shape: Shape,
  side: SideNames,
  references: readonly KeyReference[],
): void {
  const { table, work } = shape;
  const key = quoteName(table.key[0]?.name ?? "");
  const content = withoutKey(table);
  const other = side.side === "a" ? SIDES[1] : SIDES[0];
  const text = (alias: string): string =>
    concatenated(content.columns.map(({ name }) => `quote(${qualified(name, alias)}) || ','`));
  const rank = "row_number() OVER (PARTITION BY text ORDER BY key)";
  db.exec(`DROP TABLE IF EXISTS temp."sync:there";
    CREATE TEMP TABLE "sync:there" (text TEXT, rank INTEGER, n INTEGER, key INTEGER, PRIMARY KEY (text, rank));
    INSERT INTO temp."sync:there" SELECT text, ${rank}, n, key FROM (
      SELECT ${text("q")} AS text, q.${C.n} AS n, q.${key} AS key FROM ${work.plan} AS q
      WHERE q.${other?.did ?? ""} = '+' AND q.${side.did} = '0' AND q.${C.outcome} = 'copy')`);
  db.exec(`INSERT INTO ${twinsTable(table)} SELECT m.n, '${side.side}', t.key FROM (
      SELECT n, owner, text, ${rank} AS rank FROM (
        SELECT p.${C.n} AS n, p.${C.conflict} AS owner, ${text("k")} AS text, p.${key} AS key
        FROM ${work.plan} AS p CROSS JOIN ${work.kept} AS k ON k.${C.owner} = p.${C.conflict} AND k.${C.image} = '${side.side}'
        WHERE p.${C.rekey} IN ('${REKEY.leavesA}', '${REKEY.leavesB}') AND p.${C.outcome} = 'resolve'
          AND NOT ${pointsAtTwo(shape, references, "k")})) AS m
    CROSS JOIN temp."sync:there" AS t ON t.text = m.text AND t.rank = m.rank
    CROSS JOIN ${work.plan} AS q ON q.${C.n} = t.n
    CROSS JOIN ${work.kept} AS k ON k.${C.owner} = m.owner AND k.${C.image} = '${side.side}'
    WHERE ${contentMatches(content, "k", "q")}`);
}

/** Row `x` of a shape points at a key under which the sides made two different rows. */
function pointsAtTwo(shape: Shape, references: readonly KeyReference[], x: string): string {
  const found = references
    .filter(({ child }) => child === shape)
    .map((reference) => {
      const { table, work } = reference.parent;
      const holdsKey = pointsAtKey(reference, x, (at) =>
        qualified(table.key[at]?.name ?? "", "two"),
      );
      return `EXISTS (SELECT 1 FROM ${work.plan} AS two WHERE ${holdsKey}
        AND two.${C.didA} = '+' AND two.${C.didB} = '+' AND two.${C.outcome} <> 'agree')`;
    });
  return anyOf(found);
}

function withoutKey(table: Table): Table {
  return { ...table, columns: table.columns.filter(({ name }) => name !== table.key[0]?.name) };
}
