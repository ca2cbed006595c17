import { SyncError, nearestNames, otherSide } from "@sync/model";
import type { Side } from "@sync/model";
import { foldName, isSameName } from "../identifier.ts";
import type { Schema, Table } from "../schema/types.ts";
import { projectTable } from "./project-table.ts";
import { hasPlainColumns, plainProjection } from "./projection.ts";
import type { Projection, SeenPair, SeenSide, WrittenSides } from "./projection.ts";
import { readFilter } from "./read-filter.ts";
import type { NamedTable, RowFilter, ViewOptions } from "./view-options.ts";

const SIDES = ["a", "b"] as const;

/**
 * Sees the stored tables of two databases as the tables of a pair. Without options they are seen as they
 * are. Pure; that filters compile is looked at where a connection is at hand.
 *
 * @throws SyncError SYNC_UNKNOWN_TABLE and SYNC_USAGE for what names nothing, contradicts itself, or would
 *   lose values on their way
 */
export function projectPair(
  schemas: Readonly<Record<Side, Schema>>,
  options: ViewOptions,
  writes: WrittenSides,
): SeenPair {
  const named = Object.entries(options.map ?? {}).map(([common, map]) => ({
    common,
    map,
    stored: { a: map.table?.a ?? common, b: map.table?.b ?? common },
  }));
  for (const side of SIDES) refuseTwice(named, side);
  for (const table of named) refuseMissing(table, schemas);
  const project = (side: Side): Projection[] =>
    schemas[side].tables.map((table) => {
      const found = named.find(({ stored }) => isSameName(stored[side], table.name));
      if (found === undefined) return refuseTaken(plainProjection(table), named, side);
      const there = tableIn(schemas[otherSide(side)], found.stored[otherSide(side)]);
      return projectTable({ ...found, side, stored: table, there, writes });
    });
  const tables = withoutOwnRules({ a: project("a"), b: project("b") });
  const filtered = withFilters(tables, options.where ?? {});
  return { a: seenSide(schemas.a, filtered.a), b: seenSide(schemas.b, filtered.b) };
}

/**
 * What a side computes or checks in its own words has no meaning in those of the pair: where the other side has
 * other names, each keeps its own, and they are not compared.
 */
function withoutOwnRules(tables: Readonly<Record<Side, Projection[]>>): Record<Side, Projection[]> {
  const isMapped = (side: Side, name: string): boolean =>
    tables[side].some((one) => isSameName(one.seen.name, name) && !hasPlainColumns(one));
  const seenFrom = (side: Side): Projection[] =>
    tables[side].map((one) =>
      isMapped(otherSide(side), one.seen.name)
        ? { ...one, seen: { ...one.seen, generated: [], checks: [], conflictClauses: [] } }
        : one,
    );
  return { a: seenFrom("a"), b: seenFrom("b") };
}

function tableIn(schema: Schema, name: string): Table | null {
  return schema.tables.find((table) => isSameName(table.name, name)) ?? null;
}

/** Foreign keys name their parents as the side does: in common terms they name the pair's tables. */
function seenSide(schema: Schema, projections: readonly Projection[]): SeenSide {
  const seen = projections.map((projection) => {
    const foreignKeys = projection.seen.foreignKeys.map((key) => {
      const parent = projections.find(({ stored }) => isSameName(stored.name, key.parentTable));
      if (parent === undefined || parent.seen === parent.stored) return key;
      const parentColumns = key.parentColumns.map((name) => commonName(parent, name));
      return { ...key, parentTable: parent.seen.name, parentColumns };
    });
    const isSame = foreignKeys.every((key, at) => key === projection.seen.foreignKeys[at]);
    return isSame ? projection : { ...projection, seen: { ...projection.seen, foreignKeys } };
  });
  return {
    schema: { ...schema, tables: seen.map((one) => one.seen) },
    projections: new Map(seen.map((one) => [foldName(one.seen.name), one])),
  };
}

/** A column that the pair does not see keeps its own name: no plan has it. */
function commonName({ columns }: Projection, stored: string): string {
  const found = columns.find((one) => one.type === "stored" && isSameName(one.stored, stored));
  return found?.name ?? stored;
}

function refuseTwice(named: readonly NamedTable[], side: Side): void {
  for (const { stored, common } of named) {
    const other = named.find(
      (one) => one.common !== common && isSameName(one.stored[side], stored[side]),
    );
    if (other === undefined) continue;
    throw usage(
      `Table \`${stored[side]}\` of side ${side} is mapped twice: as \`${common}\` and as \`${other.common}\``,
      "Map each table once.",
    );
  }
}

function refuseMissing(
  { common, stored }: NamedTable,
  schemas: Readonly<Record<Side, Schema>>,
): void {
  for (const side of SIDES) {
    if (tableIn(schemas[side], stored[side]) !== null) continue;
    const names = schemas[side].tables.map(({ name }) => name);
    const [near] = nearestNames(stored[side], names, 1);
    const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
    throw new SyncError(
      "SYNC_UNKNOWN_TABLE",
      `The map of \`${common}\`: side ${side} has no table \`${stored[side]}\`${hint}`,
      { next: "Name the table as it is stored, or take the map out.", details: { table: common } },
    );
  }
}

/** A table that nothing was said about cannot have the name under which another one is seen. */
function refuseTaken(projection: Projection, named: readonly NamedTable[], side: Side): Projection {
  const { name } = projection.stored;
  const other = named.find(({ common }) => isSameName(common, name));
  if (other === undefined) return projection;
  throw usage(
    `The map calls table \`${other.stored[side]}\` of side ${side} \`${name}\`, and side ${side} has a table of that name already`,
    `Choose another common name, or map \`${name}\` as well.`,
  );
}

function withFilters(
  tables: Readonly<Record<Side, Projection[]>>,
  filters: Readonly<Record<string, RowFilter>>,
): Readonly<Record<Side, Projection[]>> {
  const names = tables.a.map(({ seen }) => seen.name);
  const found = Object.entries(filters).map(([table, filter]) => {
    if (!names.some((name) => isSameName(name, table))) throw unknownFilter(table, names);
    const both = typeof filter === "string" ? { a: filter, b: filter } : filter;
    return { table, both };
  });
  const onSide = (side: Side): Projection[] =>
    tables[side].map((projection) => {
      const one = found.find(({ table }) => isSameName(table, projection.seen.name));
      const text = one?.both[side];
      if (text === undefined) return projection;
      return { ...projection, where: readFilter(text, { projection, side }) };
    });
  return { a: onSide("a"), b: onSide("b") };
}

function unknownFilter(table: string, names: readonly string[]): SyncError {
  const [near] = nearestNames(table, names, 1);
  const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
  return new SyncError(
    "SYNC_UNKNOWN_TABLE",
    `There is a filter for a table \`${table}\` that the pair has not${hint}`,
    { details: { table } },
  );
}

function usage(message: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", `${message}.`, { next });
}
