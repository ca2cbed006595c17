import { isSameName } from "../identifier.ts";
import { compareTables } from "./compare-tables.ts";
import type { Schema, SchemaDifference, Table } from "./types.ts";

/**
 * Everything in two schemas that keeps tables from being synced, in the order of `a`'s tables, then of
 * those that only `b` has. What does not change which values a row can hold is no difference: column
 * order, DEFAULT, type names of the same affinity, AUTOINCREMENT, comments, quoting, constraint names,
 * foreign key actions, plain indexes, triggers, views, and how an index that follows other tables
 * (`derived`) is made; `compareWholeSchemas` has those. Pure; a difference with `table: null` concerns all tables.
 *
 * @example compareSchemas(readSchema(db, "a"), readSchema(db, "b"))[0]
 * // { kind: "affinity", table: "invoice", subject: "vat", onlyIn: null, stopsSync: true,
 * //   message: "table `invoice`: column `vat` is REAL in a and TEXT in b", next: "…" }
 */
export function compareSchemas(
  a: Schema,
  b: Schema,
  isMapped: (table: string) => boolean = () => false,
): SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  if (a.encoding !== b.encoding) differences.push(encodingDifference(a, b));
  for (const table of a.tables) {
    const other = tableNamed(b, table.name);
    differences.push(
      ...(other === null
        ? [absence(table, "a", "b", b)]
        : compareTables(table, other, !isMapped(table.name))),
    );
  }
  for (const table of b.tables) {
    if (tableNamed(a, table.name) === null) differences.push(absence(table, "b", "a", a));
  }
  return differences;
}

/** The synced table of this name, upper and lower case being the same as in SQLite; `null` if there is none. */
export function tableNamed(schema: Schema, name: string): Table | null {
  return schema.tables.find((table) => isSameName(table.name, name)) ?? null;
}

function encodingDifference(a: Schema, b: Schema): SchemaDifference {
  return {
    kind: "encoding",
    table: null,
    subject: null,
    onlyIn: null,
    stopsSync: true,
    message: `the text encoding is ${a.encoding} in a and ${b.encoding} in b`,
    next: `Copy one side into a new database that begins with \`PRAGMA encoding = '${a.encoding}'\`.`,
  };
}

/** A table that `here` syncs and `there` does not: it is missing, follows another one, or had to be left out. */
function absence(
  { name }: Table,
  here: "a" | "b",
  there: "a" | "b",
  other: Schema,
): SchemaDifference {
  const about = { kind: "table", table: name, subject: null, stopsSync: true } as const;
  const choose = "choose other tables with `--table`";
  const derived = other.derived.find((table) => isSameName(table.name, name));
  if (derived !== undefined) {
    const message = `table \`${name}\` has rows of its own in ${here} and follows \`${derived.content ?? "other tables"}\` in ${there}`;
    return {
      ...about,
      onlyIn: null,
      message,
      next: `Give both sides the same triggers and the same definition of it, or ${choose}.`,
    };
  }
  const leftOut = other.leftOut.find(({ table }) => isSameName(table, name));
  if (leftOut !== undefined) {
    const message = `table \`${name}\` can be synced in ${here}, but not in ${there}: ${leftOut.reason}`;
    return {
      ...about,
      onlyIn: null,
      message,
      next: `Give both sides the same definition of it, or ${choose}.`,
    };
  }
  return {
    ...about,
    onlyIn: here,
    message: `table \`${name}\` is only in ${here}`,
    next: `Create it in ${there}, or ${choose}.`,
  };
}
