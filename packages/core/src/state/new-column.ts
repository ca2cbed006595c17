import type Database from "better-sqlite3";
import { otherSide } from "@sync/model";
import type { Side } from "@sync/model";
import { isAbsent, qualified, valuesDiffer } from "../sqlite/expressions.ts";
import { foldName, isSameName } from "../sqlite/identifier.ts";
import type { BothTables } from "../sqlite/projection/views.ts";
import { tokenize } from "../sqlite/schema/tokenizer.ts";
import type { Column, Table } from "../sqlite/schema/types.ts";
import { CONTROL_PREFIX, columnDefinitions } from "../sqlite/shape.ts";

/** A base of an older shape, and what is known about the columns that came since. */
export interface OldBase {
  readonly table: Table;
  /** Its columns were these. */
  readonly known: { readonly columns: readonly (readonly [name: string, affinity: string])[] };
  readonly both: BothTables;
  /** Columns that one side alone had so far, by folded name, with that side. */
  readonly drifted: ReadonlyMap<string, Side>;
}

/**
 * What a column held when both sides last agreed, as SQL over old base `o` and the sides `x` (a) and `y`
 * (b). Of one that came since: what they agree on now; else the DEFAULT that it gave to the rows that
 * were there, on the side that got it last. So what is filled in on either side is an edit, and the older
 * side's values go to the newer one. Where both got it at once with other defaults, nobody knows what
 * was before: then it is neither side's value, and rows that differ are conflicts.
 *
 * A row that one side deleted holds what the other one has: the column alone is no reason to keep it.
 */
export function newColumnValue(
  db: Database.Database,
  { table, known, both, drifted }: OldBase,
  { column, kind }: { readonly column: Column; readonly kind: "base" | "bag" },
): string {
  if (known.columns.some(([name]) => isSameName(name, column.name)))
    return qualified(column.name, "o");
  const older = drifted.get(foldName(column.name));
  const byDefault =
    older === undefined
      ? commonDefault(db, both, column)
      : defaultOf(db, both, otherSide(older), column.name);
  if (kind === "bag") return byDefault ?? "NULL";
  const [x, y] = [qualified(column.name, "x"), qualified(column.name, "y")];
  return `CASE WHEN ${isAbsent(table, "x")} THEN CASE WHEN ${isAbsent(table, "y")} THEN ${byDefault ?? "NULL"} ELSE ${y} END
    WHEN ${isAbsent(table, "y")} OR NOT ${valuesDiffer(column, x, y)} THEN ${x} ELSE ${byDefault ?? UNKNOWN} END`;
}

/**
 * Stands in the base where nobody knows what was there: a blob that nobody has, or a value that somebody
 * writes later would count as never changed. It says `⟨sync⟩ unknown`.
 */
const UNKNOWN = `x'${Buffer.from(`${CONTROL_PREFIX}unknown`).toString("hex")}'`;

/** The default of both sides, where it is the same; exactly, and after the column's affinity. */
function commonDefault(db: Database.Database, both: BothTables, column: Column): string | null {
  const [a, b] = [defaultOf(db, both, "a", column.name), defaultOf(db, both, "b", column.name)];
  if (a === null || b === null || a === b) return a === b ? a : null;
  db.exec(`DROP TABLE IF EXISTS temp."sync:defaults";
    CREATE TEMP TABLE "sync:defaults" (${definitionOf(both, column)});
    INSERT INTO temp."sync:defaults" VALUES (${a}), (${b})`);
  const name = qualified(column.name);
  const isSame = db
    .prepare(
      `SELECT min(${name}) IS max(${name}) AND count(${name}) <> 1 AND count(DISTINCT typeof(${name})) = 1 FROM temp."sync:defaults"`,
    )
    .pluck()
    .get();
  return isSame === 1 ? a : null;
}

function definitionOf(both: BothTables, column: Column): string {
  return columnDefinitions({ ...both.a.seen, columns: [{ ...column, collation: "BINARY" }] });
}

/** The DEFAULT of a side's column as an SQL literal; `null`: it is no constant, and nobody can say what it was. */
function defaultOf(
  db: Database.Database,
  both: BothTables,
  side: "a" | "b",
  common: string,
): string | null {
  const { stored, columns } = both[side];
  const column = columns.find(({ name }) => isSameName(name, common));
  if (column?.type !== "stored") return "NULL";
  const text = db
    .prepare(
      `SELECT dflt_value FROM pragma_table_xinfo(?, '${side}') WHERE name = ? COLLATE NOCASE`,
    )
    .pluck()
    .get(stored.name, column.stored) as string | null;
  return text === null ? "NULL" : literalOf(text);
}

/** A literal, with a sign at most. A quoted or plain word stands for a text in a DEFAULT. */
function literalOf(text: string): string | null {
  const tokens = tokenize(text);
  const [first, second] = tokens;
  if (first === undefined) return null;
  if (tokens.length === 2 && /^[+-]$/.test(first.text) && second?.type === "number") return text;
  if (tokens.length !== 1) return null;
  if (first.type === "number" || first.type === "string" || first.type === "blob") return text;
  if (first.type === "word" && /^(null|true|false)$/i.test(text)) return text;
  return null;
}
