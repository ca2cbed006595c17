import type Database from "better-sqlite3";
import type { ChangedPages } from "./changed-pages.ts";
import { candidateSources } from "./diff/candidate-tables.ts";
import type { RowSources } from "./diff/candidate-tables.ts";
import { comparedTable } from "./diff/compared.ts";
import { keyHasNull, keyList, keyMatches, rowsDiffer } from "./expressions.ts";
import { addGoneKeys } from "./gone-keys.ts";
import type { Table } from "./schema/types.ts";
import { SIDES, baseOf, columnDefinitions, keyDefinition, workTable } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Some row of either side has NULL in its key; where the key has one column, its index tells at once. */
export function holdsNullKeys(db: Database.Database, shape: Shape): boolean {
  const { table } = shape;
  if (!table.nullableKey) return false;
  return SIDES.some(({ side }) => holdsNull(db, table, `${shape[side]} AS x`));
}

/**
 * Puts the keys of all rows that may have changed on either side into a temporary table, each once: a superset
 * of what comparing every row with the base would find. Of the rows on a page that changed, most did not:
 * those that are as the base has them are left out at once, where they are being read anyway. The base must know its rows
 * (`work.base`), and no key that was there may hold NULL. The cost follows what changed, but for tables from which rows were deleted and
 * of whose keys no tree tells where that was (`KeyOrder`): then each row of the base is looked for.
 *
 * @returns the table's name, its columns are those of the key; and how many rows the pages led to; `null`: a key that
 *   the pages lead to holds NULL
 */
export function collectChangedKeys(
  db: Database.Database,
  shape: Shape,
  pages: ChangedPages,
): { readonly keys: string; readonly count: number } | null {
  const { table } = shape;
  const keys = workTable("temp", "changed keys", table.name);
  const columns = table.columns.filter(({ name }) => table.key.some((part) => part.name === name));
  db.exec(`DROP TABLE IF EXISTS ${keys}`);
  db.exec(
    `CREATE TABLE ${keys} (${columnDefinitions({ ...table, columns })}, PRIMARY KEY (${keyDefinition(table)})) WITHOUT ROWID`,
  );
  const candidates = { rowsInA: 0, a: pages.a.changed, b: pages.b.changed };
  const sources = candidateSources(db, comparedTable(table, shape.sides), {
    scan: pages.scan,
    candidates,
  });
  if (table.nullableKey && SIDES.some(({ side }) => holdsNull(db, table, sources[side]))) {
    dropSources(db, sources);
    return null;
  }
  const countBase = countOnce(db, baseOf(shape));
  for (const side of SIDES) {
    const source = sources[side.side];
    addKeys(db, { shape, keys, from: `${source} WHERE NOT ${isInBase(shape)}` });
    addGoneKeys(db, shape, { side, keys, source, pages, countBase });
  }
  if (pages.unsettled !== null)
    addKeys(db, { shape, keys, from: `${pages.unsettled} AS x WHERE TRUE` });
  dropSources(db, sources);
  return { keys, count: pages.a.changed.count + pages.b.changed.count };
}

function holdsNull(db: Database.Database, table: Table, source: string): boolean {
  const sql = `SELECT 1 FROM ${source} WHERE ${keyHasNull(table, "x")} LIMIT 1`;
  return db.prepare(sql).get() !== undefined;
}

/** A condition on a side's row `x`: the base has it exactly so. */
function isInBase(shape: Shape): string {
  const { table } = shape;
  return `EXISTS (SELECT 1 FROM ${baseOf(shape)} AS o
    WHERE ${keyMatches(table, "o", "x")} AND NOT ${rowsDiffer(table, "x", "o")})`;
}

/** Counting reads the whole table: only if somebody wants to know, and once. */
function countOnce(db: Database.Database, name: string): () => number {
  let rows: number | null = null;
  return () => (rows ??= db.prepare(`SELECT count(*) FROM ${name}`).pluck().get() as number);
}

interface KeysFrom {
  readonly shape: Shape;
  readonly keys: string;
  /** What stands behind FROM, with a condition; its rows are `x`. */
  readonly from: string;
}

function addKeys(db: Database.Database, { shape: { table }, keys, from }: KeysFrom): void {
  db.exec(`INSERT OR IGNORE INTO ${keys} (${keyList(table)}) SELECT ${keyList(table, "x")} FROM ${from}
    AND NOT ${keyHasNull(table, "x")}`);
}

/** Temporary tables of an earlier round must not be in the way of the next. */
function dropSources(db: Database.Database, sources: RowSources): void {
  for (const source of [sources.a, sources.b]) {
    db.exec(`DROP TABLE ${source.slice(0, source.indexOf(" AS "))}`);
  }
}
