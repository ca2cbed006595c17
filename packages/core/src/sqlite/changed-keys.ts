import type Database from "better-sqlite3";
import { candidateSources } from "./diff/candidate-tables.ts";
import type { RowSources } from "./diff/candidate-tables.ts";
import { comparedTable } from "./diff/compared.ts";
import type { PagesScan } from "./diff/plan-scan.ts";
import { keyHasNull, keyList, keyMatches, rowsDiffer } from "./expressions.ts";
import type { SignedTree } from "./pages/sign-tree.ts";
import type { CandidateRows } from "./pages/scan-request.ts";
import { SIDES, columnDefinitions, keyDefinition, workTable } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** What the pages of one side tell about a table since they were signed. */
export interface SideChanges extends SignedTree {
  /** Rows on pages that are not as they were. */
  readonly changed: CandidateRows;
}

/** What both sides' pages tell about a table, and what the pages cannot know. */
export interface ChangedPages {
  readonly a: SideChanges;
  readonly b: SideChanges;
  readonly scan: PagesScan;
  /** A table with the keys of rows that differ from the base without having changed; `null`: none. */
  readonly unsettled: string | null;
  /** A side had as many rows as the base when they were remembered, if it says how many. */
  readonly areCounted: boolean;
}

/** Some row of either side has NULL in its key; where the key has one column, its index tells at once. */
export function holdsNullKeys(db: Database.Database, shape: Shape): boolean {
  const { table } = shape;
  if (!table.nullableKey) return false;
  return SIDES.some(({ side }) => {
    const sql = `SELECT 1 FROM ${shape[side]} AS x WHERE ${keyHasNull(table, "x")} LIMIT 1`;
    return db.prepare(sql).get() !== undefined;
  });
}

/**
 * Puts the keys of all rows that may have changed on either side into a temporary table, each once: a superset
 * of what comparing every row with the base would find. Of the rows on a page that changed, most did not:
 * those that are as the base has them are left out at once, where they are being read anyway. The base must know its rows
 * (`work.base`), and no key may hold NULL. The cost follows what changed, but for tables whose key is not the rowid, from which rows
 * were deleted: then each row of the base is looked for.
 *
 * @returns the table's name, its columns are those of the key; and how many rows the pages led to
 */
export function collectChangedKeys(
  db: Database.Database,
  shape: Shape,
  pages: ChangedPages,
): { readonly keys: string; readonly count: number } {
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
  const rowsInBase = countOnce(db, baseOf(shape));
  for (const side of SIDES) {
    const source = sources[side.side];
    addKeys(db, { shape, keys, from: `${source} WHERE NOT ${isInBase(shape)}` });
    addGone(db, shape, { side, keys, source, pages, rowsInBase });
  }
  if (pages.unsettled !== null)
    addKeys(db, { shape, keys, from: `${pages.unsettled} AS x WHERE TRUE` });
  dropSources(db, sources);
  return { keys, count: pages.a.changed.count + pages.b.changed.count };
}

/** A condition on a side's row `x`: the base has it exactly so. */
function isInBase(shape: Shape): string {
  const { table } = shape;
  return `EXISTS (SELECT 1 FROM ${baseOf(shape)} AS o
    WHERE ${keyMatches(table, "o", "x")} AND NOT ${rowsDiffer(table, "x", "o")})`;
}

function baseOf({ work, table }: Shape): string {
  if (work.base === null) throw new Error(`no base for ${table.name}`);
  return work.base;
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

interface GoneFrom {
  readonly side: SideNames;
  readonly keys: string;
  readonly source: string;
  readonly pages: ChangedPages;
  readonly rowsInBase: () => number;
}

/** Rows of the base that the side has no more. */
function addGone(db: Database.Database, shape: Shape, gone: GoneFrom): void {
  if (gone.pages[gone.side.side].isUnchanged) return;
  if (shape.table.keyIsRowid) addGoneInGaps(db, shape, gone);
  else if (hasGone(db, shape, gone)) addGoneAnywhere(db, shape, gone);
}

/**
 * Of a table whose key is the rowid: rows of the base that no page which is as it was answers for, and that are
 * not there. One that is there stands on such a page all the same, and is as it was, or is a candidate.
 */
function addGoneInGaps(db: Database.Database, shape: Shape, { keys, side, pages }: GoneFrom): void {
  const { table } = shape;
  const insert =
    db.prepare(`INSERT OR IGNORE INTO ${keys} (${keyList(table)}) SELECT ${keyList(table, "o")} FROM ${baseOf(shape)} AS o
    WHERE ${keyList(table, "o")} BETWEEN ? AND ? AND NOT ${isOnSide(shape, side)}`);
  for (const { from, to } of pages[side.side].gaps) insert.run(from, to);
}

/**
 * Each row of the base either stands on a page that is as it was, or under the key of a candidate, or is
 * gone. What stands on such pages without being in the base would hide as many that are gone: rows that
 * were never settled.
 */
function hasGone(
  db: Database.Database,
  { table, work, ...names }: Shape,
  { side, source, pages, rowsInBase }: GoneFrom,
): boolean {
  const count = (sql: string): number => db.prepare(sql).pluck().get() as number;
  const inBase = `EXISTS (SELECT 1 FROM ${work.base} AS o WHERE ${keyMatches(table, "o", "x")})`;
  const matched = count(`SELECT count(*) FROM ${source} WHERE ${inBase}`);
  const strangers =
    pages.unsettled === null
      ? 0
      : count(`SELECT count(*) FROM ${pages.unsettled} AS x WHERE NOT ${inBase}
          AND EXISTS (SELECT 1 FROM ${names[side.side]} AS y WHERE ${keyMatches(table, "y", "x")})`);
  const { rowsBefore } = pages[side.side];
  const isCounted = rowsBefore !== null && pages.areCounted && pages.unsettled === null;
  // Strangers among the candidates are counted though they hide nothing: then it is looked for in vain.
  return (isCounted ? rowsBefore : rowsInBase()) > pages[side.side].cleanRows - strangers + matched;
}

function addGoneAnywhere(db: Database.Database, shape: Shape, { side, keys }: GoneFrom): void {
  const { table } = shape;
  // By name: the parts of a key need not be in the order of the columns.
  db.exec(`INSERT OR IGNORE INTO ${keys} (${keyList(table)}) SELECT ${keyList(table, "o")} FROM ${baseOf(shape)} AS o
    WHERE NOT ${isOnSide(shape, side)}`);
}

/** A condition on a row `o` of the base: the side has one under its key. */
function isOnSide(shape: Shape, { side }: SideNames): string {
  return `EXISTS (SELECT 1 FROM ${shape[side]} AS x WHERE ${keyMatches(shape.table, "x", "o")})`;
}

/** Temporary tables of an earlier round must not be in the way of the next. */
function dropSources(db: Database.Database, sources: RowSources): void {
  for (const source of [sources.a, sources.b]) {
    db.exec(`DROP TABLE ${source.slice(0, source.indexOf(" AS "))}`);
  }
}
