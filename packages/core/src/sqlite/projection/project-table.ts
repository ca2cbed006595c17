import { SyncError, nearestNames, otherSide } from "@sync/model";
import type { Side } from "@sync/model";
import { foldName, isSameName } from "../identifier.ts";
import type { Column, ForeignKey, Table, UniqueIndex } from "../schema/types.ts";
import type { Mapping, ProjectedColumn, Projection, WrittenSides } from "./projection.ts";
import { constantLiteral } from "./constant-literal.ts";
import { refuseLosses } from "./refuse-losses.ts";
import type { NamedTable } from "./view-options.ts";

/** A table of one side that the map speaks of. */
export interface MappedTable extends Omit<NamedTable, "stored"> {
  readonly side: Side;
  readonly stored: Table;
  /** The other side's table. */
  readonly there: Table | null;
  readonly writes: WrittenSides;
}

/** A column of a stored table and the common name under which it is seen; `null`: it is left out. */
interface NamedColumn {
  readonly column: Column;
  readonly common: string | null;
}

/**
 * Sees one stored table as the map says.
 *
 * @throws SyncError SYNC_USAGE for names that name nothing and for what would lose values
 */
export function projectTable(mapped: MappedTable): Projection {
  const { stored, common, side } = mapped;
  if (stored.kind === "virtual") {
    throw new SyncError(
      "SYNC_UNSUPPORTED",
      `Table \`${common}\` is a virtual table: it cannot be mapped.`,
    );
  }
  refuseUnknownColumns(mapped);
  const named = stored.columns.map((column) => ({ column, common: commonNameOf(mapped, column) }));
  refuseCollapsed(mapped, named);
  const columns: ProjectedColumn[] = named.flatMap(({ column, common: name }) =>
    name === null ? [] : [{ type: "stored" as const, name, stored: column.name }],
  );
  const constants = constantsOf(mapped, named);
  const leftOut = named.flatMap((one) => (one.common === null ? [one.column] : []));
  const projection: Projection = {
    stored,
    seen: seenTable({ stored, common, named, constants }),
    columns: [...columns, ...constants.map(({ projected }) => projected)],
    leftOut,
    mapping: mappingOf(mapped, named, constants),
    where: null,
  };
  refuseLosses(projection, { side, writes: mapped.writes });
  return projection;
}

function mappingOf(
  { stored, common, map }: MappedTable,
  named: readonly NamedColumn[],
  constants: readonly Constant[],
): Mapping {
  const renamed = named.flatMap(({ column, common: name }) =>
    name === null || isSameName(name, column.name)
      ? []
      : [[foldName(name), foldName(column.name)] as const],
  );
  const literals = constants.flatMap(({ projected }) =>
    projected.type === "constant" ? [[foldName(projected.name), projected.literal] as const] : [],
  );
  return {
    table: isSameName(stored.name, common) ? null : foldName(stored.name),
    renamed: renamed.toSorted(([one], [other]) => (one < other ? -1 : 1)),
    constants: literals.toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ignored: (map.ignore ?? []).map(foldName).toSorted(),
  };
}

/** What a stored column is called in the pair; `null`: the pair does not see it. */
function commonNameOf({ map, side, ...mapped }: MappedTable, { name }: Column): string | null {
  const renamed = Object.entries(map.columns ?? {}).find(([common, both]) =>
    isSameName(both[side] ?? common, name),
  );
  const common = renamed?.[0] ?? name;
  const isIgnored = (map.ignore ?? []).some((one) => isSameName(one, common));
  return isIgnored || isConstantThere({ map, side, ...mapped }, common) ? null : common;
}

/** The other side reads as a constant, and is the one that is written: nothing of this column goes there. */
function isConstantThere({ map, side, writes }: MappedTable, common: string): boolean {
  const there = otherSide(side);
  const names = Object.keys(map.constant?.[there] ?? {});
  return writes[there] && !writes[side] && names.some((name) => isSameName(name, common));
}

interface Constant {
  readonly projected: ProjectedColumn;
  readonly column: Column;
}

/** The columns that a side has as constants, as the other side defines them. */
function constantsOf(mapped: MappedTable, named: readonly NamedColumn[]): Constant[] {
  const { map, side, there, writes, common: table } = mapped;
  const other = otherSide(side);
  return Object.entries(map.constant?.[side] ?? {}).flatMap(([name, value]) => {
    const about = `The map of \`${table}\`: column \`${name}\` is a constant on side ${side}`;
    if (named.some((one) => one.common !== null && isSameName(one.common, name))) {
      throw usage(
        `${about}, which has such a column`,
        "Take the constant out, or put the column under `ignore`.",
      );
    }
    const storedThere = map.columns?.[keyNamed(map.columns, name)]?.[other] ?? name;
    const column = there?.columns.find((one) => isSameName(one.name, storedThere));
    if (column === undefined) {
      throw usage(
        `${about}, and side ${other} has no column \`${storedThere}\``,
        "Name a column that the other side has.",
      );
    }
    if (there?.key.some((part) => isSameName(part.name, column.name)) === true) {
      throw usage(
        `${about}, and it is part of the key`,
        "Each side needs the key's own values: choose another column.",
      );
    }
    if (writes[side] && writes[other]) {
      throw usage(
        `${about}, and rows go there as well: their values in it would be lost`,
        `Put \`${name}\` under \`ignore\`, so that each side keeps its own, or let the pair go one way: \`direction\` "${side}-to-${other}".`,
      );
    }
    // What is written there has no place for the column: it is left out on both sides.
    if (writes[side]) return [];
    const literal = constantLiteral(value, column, about);
    return [
      { projected: { type: "constant" as const, name, literal }, column: { ...column, name } },
    ];
  });
}

/** The key as it is spelled in a record whose keys compare without case. */
function keyNamed(record: Readonly<Record<string, unknown>> | undefined, name: string): string {
  return Object.keys(record ?? {}).find((key) => isSameName(key, name)) ?? name;
}

interface Seen {
  readonly stored: Table;
  readonly common: string;
  readonly named: readonly NamedColumn[];
  readonly constants: readonly Constant[];
}

/** The stored table in common terms. Where no column has another name, it is the stored one but for its name. */
function seenTable({ stored, common, named, constants }: Seen): Table {
  const isPlain =
    constants.length === 0 && named.every(({ column, common: name }) => column.name === name);
  if (isPlain) return stored.name === common ? stored : { ...stored, name: common };
  const toCommon = (name: string): string | null =>
    named.find(({ column }) => isSameName(column.name, name))?.common ?? null;
  const columns = [
    ...named.flatMap(({ column, common: name }) => (name === null ? [] : [{ ...column, name }])),
    ...constants.map(({ column }) => column),
  ];
  return {
    ...stored,
    name: common,
    columns,
    generated: [],
    checks: [],
    key: stored.key.map((part) => ({ ...part, name: toCommon(part.name) ?? part.name })),
    rowidName: stored.rowidName === null ? null : freeRowidName(columns),
    uniqueIndexes: stored.uniqueIndexes.flatMap((index) => seenIndex(index, toCommon)),
    foreignKeys: stored.foreignKeys.flatMap((key) => seenForeignKey(key, toCommon)),
    conflictClauses: [],
  };
}

/** Parts that the pair never changes say nothing about what it may collide with. */
function seenIndex(index: UniqueIndex, toCommon: (name: string) => string | null): UniqueIndex[] {
  const parts = index.parts.flatMap((part) => {
    const column = part.column === null ? null : toCommon(part.column);
    return part.column !== null && column === null ? [] : [{ ...part, column }];
  });
  return parts.length === 0 ? [] : [{ ...index, parts }];
}

function seenForeignKey(key: ForeignKey, toCommon: (name: string) => string | null): ForeignKey[] {
  const columns = key.columns.flatMap((name) => toCommon(name) ?? []);
  return columns.length === key.columns.length ? [{ ...key, columns }] : [];
}

function freeRowidName(columns: readonly Column[]): string | null {
  const names = ["rowid", "_rowid_", "oid"];
  return names.find((name) => !columns.some((column) => isSameName(column.name, name))) ?? null;
}

function refuseCollapsed(
  { common: table, side }: MappedTable,
  named: readonly NamedColumn[],
): void {
  const seen = new Map<string, string>();
  for (const { column, common } of named) {
    if (common === null) continue;
    const other = seen.get(foldName(common));
    if (other !== undefined) {
      throw usage(
        `The map of \`${table}\`: on side ${side} both \`${other}\` and \`${column.name}\` would be \`${common}\`, and one of them would be lost`,
        "Give one of them another common name, or put it under `ignore`.",
      );
    }
    seen.set(foldName(common), column.name);
  }
}

/** A misspelled name would be a mapping that does nothing, without a word. */
function refuseUnknownColumns({ map, side, stored, there, common: table }: MappedTable): void {
  const has = (columns: readonly { readonly name: string }[], name: string): boolean =>
    columns.some((column) => isSameName(column.name, name));
  const own = stored.columns.map(({ name }) => name);
  for (const [common, both] of Object.entries(map.columns ?? {})) {
    const name = both[side] ?? common;
    const isConstant = Object.keys(map.constant?.[side] ?? {}).some((one) =>
      isSameName(one, common),
    );
    const isLeftOut = (map.ignore ?? []).some((one) => isSameName(one, common));
    if (isConstant || (isLeftOut && both[side] === undefined) || has(stored.columns, name))
      continue;
    throw unknownColumn(
      `The map of \`${table}\`: side ${side} has no column \`${name}\``,
      name,
      own,
    );
  }
  const all = [
    ...own,
    ...(there?.columns ?? []).map(({ name }) => name),
    ...Object.keys(map.columns ?? {}),
  ];
  for (const name of map.ignore ?? []) {
    if (all.some((one) => isSameName(one, name))) continue;
    throw unknownColumn(
      `The map of \`${table}\`: neither side has the column \`${name}\` that is to be left out`,
      name,
      all,
    );
  }
}

function unknownColumn(message: string, name: string, names: readonly string[]): SyncError {
  const [near] = nearestNames(name, names, 1);
  const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
  return new SyncError("SYNC_USAGE", `${message}${hint}`, {
    next: `Columns there: ${[...new Set(names)].map((one) => `\`${one}\``).join(", ")}.`,
  });
}

function usage(message: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", `${message}.`, { next });
}
