import { otherSide } from "@sync/model";
import type { Side } from "@sync/model";
import { foldName, isSameName } from "../identifier.ts";
import { compareTables } from "../schema/compare-tables.ts";
import { nameOf } from "../schema/tokens.ts";
import { tokenize } from "../schema/tokenizer.ts";
import { tableNamed } from "../schema/compare-schemas.ts";
import type { Column, Schema, SchemaDifference, Table } from "../schema/types.ts";
import { isMappedTable } from "./common-table.ts";
import { hasDefault } from "./refuse-losses.ts";
import type { Drift, SeenPair, WrittenSides } from "./projection.ts";
import type { ViewOptions } from "./view-options.ts";

/**
 * What can be left out of the pair for now: columns and tables that one side alone has. A column that is
 * part of a key cannot, nor one without which a row could not be inserted, nor one of a table without a
 * key, whose edited rows would lose their values: they stay differences. Pure.
 */
export function findDrift({ a, b }: SeenPair, writes: WrittenSides): Drift {
  const onlyInA = driftOf(a.schema, b.schema, { side: "a", isWritten: writes.a });
  const onlyInB = driftOf(b.schema, a.schema, { side: "b", isWritten: writes.b });
  return {
    columns: [...onlyInA.columns, ...onlyInB.columns],
    tables: [...onlyInA.tables, ...onlyInB.tables],
  };
}

function driftOf(
  here: Schema,
  there: Schema,
  { side, isWritten }: { readonly side: Side; readonly isWritten: boolean },
): Drift {
  const both = here.tables.map((table) => ({ table, other: tableNamed(there, table.name) }));
  const columns = both.flatMap(({ table, other }) =>
    other === null
      ? []
      : table.columns
          .filter((column) => !has(other, column.name) && canBeLeftOut(table, column, isWritten))
          .map((column) => ({ table: table.name, column: column.name, onlyIn: side })),
  );
  // What the other side has in another form is no missing table.
  const others = [
    ...there.derived.map(({ name }) => name),
    ...there.leftOut.map(({ table }) => table),
  ];
  const tables = both.flatMap(({ table, other }) =>
    other !== null || others.some((name) => isSameName(name, table.name))
      ? []
      : [{ table: table.name, onlyIn: side }],
  );
  return { columns, tables };
}

function has({ columns, generated }: Table, name: string): boolean {
  return [...columns, ...generated].some((column) => isSameName(column.name, name));
}

function canBeLeftOut(table: Table, column: Column, isWritten: boolean): boolean {
  if (table.kind === "virtual") return false;
  if (table.key.some(({ name }) => isSameName(name, column.name))) return false;
  if (!isWritten) return true;
  return table.key.length > 0 && (!column.notNull || hasDefault(column));
}

/** The same view of the pair, less the columns that drifted. */
export function withoutDrift(view: ViewOptions, { columns }: Drift): ViewOptions {
  const map = { ...view.map };
  for (const { table, column } of columns) {
    const name = Object.keys(map).find((one) => isSameName(one, table)) ?? table;
    const known = map[name] ?? {};
    map[name] = { ...known, ignore: [...(known.ignore ?? []), column] };
  }
  return { ...view, map };
}

/**
 * What else differs in tables with columns that drifted: a constraint that speaks of such a column is its
 * side's own, every other one has to be the same.
 */
export function differencesBeside(seen: SeenPair, { columns }: Drift): SchemaDifference[] {
  const { a, b } = seen;
  const tables = new Set(columns.map(({ table }) => foldName(table)));
  return [...tables].flatMap((name) => {
    const [inA, inB] = [tableNamed(a.schema, name), tableNamed(b.schema, name)];
    if (inA === null || inB === null) return [];
    const dropped = columns
      .filter(({ table }) => isSameName(table, name))
      .map(({ column }) => foldName(column));
    return compareTables(reduced(inA, dropped), reduced(inB, dropped), !isMappedTable(seen, name));
  });
}

/** A table as if it had never had some columns. */
function reduced(table: Table, dropped: readonly string[]): Table {
  const isDropped = (name: string): boolean => dropped.includes(foldName(name));
  const speaks = (sql: string): boolean =>
    tokenize(sql).some((token) => isDropped(nameOf(token) ?? ""));
  return {
    ...table,
    columns: table.columns.filter(({ name }) => !isDropped(name)),
    generated: table.generated.filter(({ expression }) => !speaks(expression)),
    checks: table.checks.filter((check) => !speaks(check)),
    uniqueIndexes: table.uniqueIndexes.filter(
      ({ parts, where }) =>
        !parts.some(
          ({ column, expression }) => isDropped(column ?? "") || speaks(expression ?? ""),
        ) && !speaks(where ?? ""),
    ),
    foreignKeys: table.foreignKeys.filter(({ columns }) => !columns.some(isDropped)),
    conflictClauses: table.conflictClauses.filter((clause) => !speaks(clause)),
  };
}

/**
 * A column that went on one side while another came there in its place: renamed, most likely. Which is
 * not guessed.
 *
 * @param known - the columns of a table when both sides last agreed; `null`: they never did
 */
export function likelyRenames(
  { columns }: Drift,
  known: (table: string) => readonly string[] | null,
): readonly {
  readonly table: string;
  readonly side: Side;
  readonly from: string;
  readonly to: string;
}[] {
  return columns.flatMap((gone) => {
    const before = known(gone.table);
    const wasThere = (name: string): boolean =>
      before?.some((one) => isSameName(one, name)) === true;
    if (before === null || !wasThere(gone.column)) return [];
    const side = otherSide(gone.onlyIn);
    const come = columns.find(
      (one) => isSameName(one.table, gone.table) && one.onlyIn === side && !wasThere(one.column),
    );
    return come === undefined
      ? []
      : [{ table: gone.table, side, from: gone.column, to: come.column }];
  });
}
