import type Database from "better-sqlite3";
import { isSameName, quoteName } from "../identifier.ts";
import type { DigestedColumn, DigestedTable } from "../pages/digest-request.ts";
import type { StoredValue } from "../pages/record.ts";
import { indexRows } from "../schema/pragmas.ts";
import type { Column, Table } from "../schema/types.ts";
import { digestHeader, digestOrder } from "./content-digest.ts";
import { exactList, exactValues } from "./exact-value.ts";

/** In place of a field. */
const ROWID = -1;

/**
 * How a table's records are to be read for its digest; `null`: by SQL only. A record has the stored columns
 * in the order of the table, in a WITHOUT ROWID table those of the key first (fileformat2.html 2.3, 2.4).
 */
export function planDigest(
  db: Database.Database,
  schemaName: string,
  table: Table,
  encoding: string,
): DigestedTable | null {
  if (table.kind === "virtual") return null;
  const root = rootOf(db, schemaName, table.name);
  const fields = storedColumns(db, schemaName, table);
  if (root === 0) return null;
  const rowidName = table.keyIsRowid ? table.key[0]?.name : undefined;
  const ordered = digestOrder(table);
  const placeOf = (name: string): number =>
    name === rowidName ? ROWID : fields.findIndex((field) => isSameName(field, name));
  const isStored = ({ name }: Column): boolean => name === rowidName || placeOf(name) >= 0;
  if (!ordered.every(isStored)) return null;
  const columns = ordered.map((column): DigestedColumn => ({
    place: placeOf(column.name),
    isReal: column.affinity === "REAL",
    missing: missingValue(db, { schemaName, table }, column),
  }));
  return {
    root,
    withoutRowid: table.kind === "without-rowid",
    fields: fields.length,
    columns,
    header: digestHeader(table, encoding),
  };
}

function rootOf(db: Database.Database, schemaName: string, name: string): number {
  return Number(
    db
      .prepare(
        `SELECT rootpage FROM ${quoteName(schemaName)}.sqlite_schema WHERE type = 'table' AND name = ?`,
      )
      .pluck()
      .get(name) ?? 0,
  );
}

/** The names of what a record holds, in its order. */
function storedColumns(db: Database.Database, schemaName: string, table: Table): string[] {
  if (table.kind !== "without-rowid") {
    // 2: generated and VIRTUAL, which no record holds.
    return db
      .prepare("SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden <> 2 ORDER BY cid")
      .pluck()
      .all(table.name, schemaName) as string[];
  }
  const index = indexRows(db, schemaName, table.name).find(({ origin }) => origin === "pk");
  return db
    .prepare("SELECT name FROM pragma_index_xinfo(?, ?) ORDER BY seqno")
    .pluck()
    .all(index?.name ?? "", schemaName) as string[];
}

/**
 * What rows have in a column that was added after they were written: its DEFAULT, as the column stores it.
 * SQLite adds only constant ones to a table with rows. `undefined`: of another one we do not say.
 */
function missingValue(
  db: Database.Database,
  { schemaName, table }: { readonly schemaName: string; readonly table: Table },
  { name, affinity }: Column,
): StoredValue | undefined {
  const text = db
    .prepare("SELECT dflt_value FROM pragma_table_xinfo(?, ?) WHERE name = ?")
    .pluck()
    .get(table.name, schemaName, name) as string | null | undefined;
  if (text === null || text === undefined) return null;
  if (/[()]|current_/i.test(text)) return undefined;
  // A column of the same affinity converts it as SQLite does where it reads an older row.
  const type = affinity === "BLOB" ? "" : affinity;
  db.exec(`CREATE TEMP TABLE digest_default (value ${type} DEFAULT ${text}, other);
    INSERT INTO temp.digest_default (other) VALUES (NULL)`);
  try {
    const values = db
      .prepare(`SELECT ${exactList(["value"], "x")} FROM temp.digest_default AS x`)
      .safeIntegers()
      .raw()
      .get() as unknown[];
    return exactValues(values)[0];
  } finally {
    db.exec("DROP TABLE temp.digest_default");
  }
}
