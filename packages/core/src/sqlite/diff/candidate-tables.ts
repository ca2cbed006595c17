import type Database from "better-sqlite3";
import { keyMatches } from "../expressions.ts";
import { quoteName } from "../identifier.ts";
import { decodeKeys } from "../pages/keys.ts";
import { isText } from "../pages/record.ts";
import type { Candidates } from "../pages/scan-request.ts";
import type { Table } from "../schema/types.ts";
import { columnDefinitions, workTable } from "../shape.ts";
import type { Compared } from "./compared.ts";
import type { PagesScan } from "./plan-scan.ts";

/** Where the rows to look at come from, as `x`: from the word FROM on, without it. */
export interface RowSources {
  readonly a: string;
  readonly b: string;
}

/** What a page scan found out about a table, and how it was asked. */
export interface FoundCandidates {
  readonly candidates: Candidates;
  readonly scan: PagesScan;
}

/**
 * Puts the rows that may differ into temporary tables, one for each side, and gives the sources that read
 * only those rows, each by a search for its rowid or key.
 */
export function candidateSources(
  db: Database.Database,
  compared: Compared,
  found: FoundCandidates,
): RowSources {
  const [a, b] = (["a", "b"] as const).map((side) => {
    const name = workTable("temp", `candidates ${side}`, compared.table.name);
    const { rows } = found.candidates[side];
    if (compared.table.kind === "without-rowid") {
      db.exec(`CREATE TABLE ${name} (${keyColumns(compared.table)})`);
      addKeys(db, name, found.scan, rows);
    } else {
      db.exec(`CREATE TABLE ${name} (row INTEGER PRIMARY KEY)`);
      addRowids(db, name, rows);
    }
    return sourceOf(compared, side, name);
  });
  if (a === undefined || b === undefined) throw new Error("a pair has two sides");
  return { a, b };
}

function sourceOf(compared: Compared, side: "a" | "b", candidates: string): string {
  const { table } = compared;
  const matches =
    table.kind === "without-rowid" ? keyMatches(table, "x", "c") : `x.${rowidOf(table)} = c.row`;
  return `${candidates} AS c CROSS JOIN ${compared[side]} AS x ON ${matches}`;
}

/** With the affinities of the originals, or keys would not be found by their index (SQLITE_NOTES 15). */
function keyColumns(table: Table): string {
  const columns = table.key.flatMap(({ name }) => table.columns.filter((one) => one.name === name));
  return columnDefinitions({ ...table, columns });
}

function rowidOf({ key, keyIsRowid, rowidName }: Table): string {
  return quoteName((keyIsRowid ? key[0]?.name : rowidName) ?? "");
}

/** SQLite's own JSON reader takes the decimal numbers apart: they may need all 64 bits. */
function addRowids(db: Database.Database, name: string, rowids: Uint8Array): void {
  const text = Buffer.from(rowids.buffer, rowids.byteOffset, rowids.length).toString("latin1");
  db.prepare(`INSERT INTO ${name} SELECT value FROM json_each(?)`).run(`[${text}]`);
}

function addKeys(
  db: Database.Database,
  name: string,
  { table, keyPlaces }: PagesScan,
  keys: Uint8Array,
): void {
  const statements = new Map<string, Database.Statement>();
  const whole: string[] = [];
  for (const values of decodeKeys(keys, table.key?.length ?? 0)) {
    const chosen = keyPlaces.map((place) => values[place] ?? null);
    // Most keys are whole numbers, and go all at once.
    if (chosen.every((value) => typeof value === "bigint")) {
      whole.push(`[${chosen.join(",")}]`);
      continue;
    }
    // Text comes as its bytes, which need not be valid UTF-8.
    const placeholders = chosen
      .map((value) => (isText(value) ? "CAST(? AS TEXT)" : "?"))
      .join(", ");
    let insert = statements.get(placeholders);
    if (insert === undefined) {
      insert = db.prepare(`INSERT INTO ${name} VALUES (${placeholders})`);
      statements.set(placeholders, insert);
    }
    insert.run(...chosen.map((value) => (isText(value) ? value.text : value)));
  }
  const parts = keyPlaces.map((_, part) => `value ->> ${part}`).join(", ");
  if (whole.length > 0)
    db.prepare(`INSERT INTO ${name} SELECT ${parts} FROM json_each(?)`).run(`[${whole.join(",")}]`);
}
