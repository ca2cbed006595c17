import type Database from "better-sqlite3";
import type { ChangedPages } from "./changed-pages.ts";
import { keyList, keyMatches } from "./expressions.ts";
import { quoteName } from "./identifier.ts";
import { EVERYWHERE } from "./pages/key-gap.ts";
import type { KeyGap } from "./pages/key-gap.ts";
import { decodeKeys } from "./pages/keys.ts";
import { isText } from "./pages/record.ts";
import type { Table } from "./schema/types.ts";
import { baseOf } from "./shape.ts";
import type { Shape, SideNames } from "./shape.ts";

/** What is known about a side from which rows may be gone. */
export interface GoneFrom {
  readonly side: SideNames;
  /** Takes the keys. */
  readonly keys: string;
  /** The side's candidates, as `x`. */
  readonly source: string;
  readonly pages: ChangedPages;
  /** Reads the whole base. */
  readonly countBase: () => number;
}

/** Adds the keys of rows of the base that the side has no more. */
export function addGoneKeys(db: Database.Database, shape: Shape, gone: GoneFrom): void {
  const { isUnchanged, keyGaps, rowsBefore } = gone.pages[gone.side.side];
  if (isUnchanged) return;
  if (shape.table.keyIsRowid) {
    addGoneRowids(db, shape, gone);
    return;
  }
  const { scan, areCounted, unsettled } = gone.pages;
  const ranges = scan.keyOrder.type === "none" ? null : keyGaps;
  const rowsThen = areCounted && unsettled === null ? rowsBefore : null;
  // Looking into the ranges is cheaper than counting the base, but not than numbers that are known.
  if (ranges === null || rowsThen !== null) {
    if (!hasGone(db, shape, { ...gone, countBase: () => rowsThen ?? gone.countBase() })) return;
  }
  addGoneBetween(db, shape, { ...gone, ranges: ranges ?? EVERYWHERE });
}

/**
 * Of a table whose key is the rowid: rows of the base that no page which is as it was answers for, and that are
 * not there. One that is there stands on such a page all the same, and is as it was, or is a candidate.
 */
function addGoneRowids(db: Database.Database, shape: Shape, { keys, side, pages }: GoneFrom): void {
  const rowid = keyList(shape.table, "o");
  const insert = db.prepare(insertGone(shape, { keys, side, within: `${rowid} BETWEEN ? AND ?` }));
  for (const { from, to } of pages[side.side].gaps) insert.run(from, to);
}

/**
 * Each row of the base either stands on a page that is as it was, or under the key of a candidate, or is
 * gone. What stands on such pages without being in the base would hide as many that are gone: rows that
 * were never settled.
 */
function hasGone(
  db: Database.Database,
  shape: Shape,
  { side, source, pages, countBase }: GoneFrom,
): boolean {
  const { table } = shape;
  const count = (sql: string): number => db.prepare(sql).pluck().get() as number;
  const inBase = `EXISTS (SELECT 1 FROM ${baseOf(shape)} AS o WHERE ${keyMatches(table, "o", "x")})`;
  const matched = count(`SELECT count(*) FROM ${source} WHERE ${inBase}`);
  const strangers =
    pages.unsettled === null
      ? 0
      : count(`SELECT count(*) FROM ${pages.unsettled} AS x WHERE NOT ${inBase}
          AND EXISTS (SELECT 1 FROM ${shape[side.side]} AS y WHERE ${keyMatches(table, "y", "x")})`);
  // Strangers among the candidates are counted though they hide nothing: then it is looked for in vain.
  return countBase() > pages[side.side].cleanRows - strangers + matched;
}

/** Rows of the base that are in no such range stand on the side, on pages that are as they were. */
function addGoneBetween(
  db: Database.Database,
  shape: Shape,
  { side, keys, ranges }: GoneFrom & { readonly ranges: readonly KeyGap[] },
): void {
  const { table } = shape;
  const inserts = new Map<string, Database.Statement>();
  const insert = (within: string): Database.Statement => {
    const known = inserts.get(within) ?? db.prepare(insertGone(shape, { keys, side, within }));
    inserts.set(within, known);
    return known;
  };
  for (const { after, before } of ranges) {
    const [above, below] = [boundKey(after, table), boundKey(before, table)];
    const within = [above && isBeyond(table, ">"), below && isBeyond(table, "<")];
    const conditions = within.filter((one) => one !== null);
    insert(conditions.join(" AND ") || "TRUE").run(...(above ?? []), ...(below ?? []));
  }
}

/** The order of the base's own index, which is that of the tree in which the range was found (`KeyOrder`). */
function isBeyond(table: Table, operator: "<" | ">"): string {
  const bounds = table.key.map(({ collation }) => `? COLLATE ${quoteName(collation)}`);
  return `(${keyList(table, "o")}) ${operator} (${bounds.join(", ")})`;
}

/** Values as statements take them: `null` where one is a text of other bytes than UTF-8, which bounds nothing then. */
function boundKey(
  key: Uint8Array | null,
  { key: parts }: Table,
): (bigint | number | string | Uint8Array)[] | null {
  const [values] = key === null ? [] : decodeKeys(key, parts.length);
  if (values === undefined) return null;
  const bound = values.map((value) => (isText(value) ? validText(value.text) : value));
  return bound.every((value) => value !== null) ? bound : null;
}

function validText(text: Uint8Array): string | null {
  try {
    return VALID_UTF8.decode(text);
  } catch {
    return null;
  }
}

const VALID_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param within - a condition on a row `o` of the base */
function insertGone(
  shape: Shape,
  { keys, side, within }: Pick<GoneFrom, "keys" | "side"> & { readonly within: string },
): string {
  const { table } = shape;
  // By name: the parts of a key need not be in the order of the columns.
  return `INSERT OR IGNORE INTO ${keys} (${keyList(table)}) SELECT ${keyList(table, "o")} FROM ${baseOf(shape)} AS o
    WHERE ${within}
      AND NOT EXISTS (SELECT 1 FROM ${shape[side.side]} AS x WHERE ${keyMatches(table, "x", "o")})`;
}
