import { SyncError, nearestNames, otherSide } from "@sync/model";
import { isSameName } from "../sqlite/identifier.ts";
import { namePattern } from "../sqlite/name-pattern.ts";
import { isMappedTable } from "../sqlite/projection/common-table.ts";
import type { SeenPair } from "../sqlite/projection/projection.ts";
import { compareSchemas } from "../sqlite/schema/compare-schemas.ts";
import type { LeftOut, Schema, SchemaDifference, Table } from "../sqlite/schema/types.ts";

/** The tables of a run, and what a person should know though it stops nothing. */
export interface ChosenTables {
  /** As side `a` defines them, in its order. */
  readonly tables: readonly Table[];
  /** In words: tables that are left out, and why. */
  readonly notices: readonly string[];
  /** Those whose rows cannot be read. */
  readonly leftOut: readonly string[];
}

/** Tables by name or glob: only these, and none of those. */
export interface WantedTables {
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
}

/**
 * Decides which tables two databases can compare or sync: all, or those wanted, upper and lower case
 * being the same. Nothing is left out without a word: what cannot be compared is an error, unless it
 * was not wanted. Pure.
 *
 * @throws SyncError SYNC_UNKNOWN_TABLE for a wanted name that neither side has; SYNC_UNSUPPORTED for a
 *   table that cannot be read here, or that was wanted by name though it has no rows of its own;
 *   SYNC_SCHEMA_MISMATCH where a chosen table is not the same on both sides (`details.differences`)
 */
export function chooseTables(seen: SeenPair, { tables, exclude = [] }: WantedTables): ChosenTables {
  const [a, b] = [seen.a.schema, seen.b.schema];
  refuseUnknown(a, b, [...(tables ?? []), ...exclude]);
  const isChosen = tableChooser(tables, exclude);
  refuseUnsupported(a, b, isChosen);
  refuseWithoutRows(a, b, tables ?? []);
  const found = compareSchemas(a, b, (name) => isMappedTable(seen, name));
  const differences = [...found, ...(seen.drift?.differences ?? [])].filter(
    ({ table }) => table === null || isChosen(table),
  );
  // Who names a table that one side has not gets no run without it.
  const missing = tables === undefined ? (seen.drift?.tables ?? []) : [];
  const isMissing = (name: string): boolean => missing.some(({ table }) => isSameName(table, name));
  refuseDifferences(
    differences.filter(({ kind, table }) => kind !== "table" || !isMissing(table ?? "")),
  );
  const leftOut = (tables === undefined ? leftOutOf(a, b) : []).filter(({ table }) =>
    isChosen(table),
  );
  return {
    tables: a.tables.filter(({ name }) => isChosen(name) && !isMissing(name)),
    notices: [...leftOut.map(inWords), ...driftInWords(seen, isChosen, isMissing)],
    leftOut: leftOut.map(({ table }) => table),
  };
}

/** What one side alone has is left out for now, and that is told each time. */
function driftInWords(
  { drift }: SeenPair,
  isChosen: (name: string) => boolean,
  isMissing: (name: string) => boolean,
): string[] {
  if (drift === undefined) return [];
  return [
    ...drift.columns
      .filter(({ table }) => isChosen(table))
      .map(
        ({ table, column, onlyIn }) =>
          `The column ${quoted([`${table}.${column}`])} is only in ${onlyIn}, and left out until ${otherSide(onlyIn)} has it.`,
      ),
    ...drift.tables
      .filter(({ table }) => isChosen(table) && isMissing(table))
      .map(
        ({ table, onlyIn }) =>
          `The table ${quoted([table])} is only in ${onlyIn}, and left out until ${otherSide(onlyIn)} has it.`,
      ),
  ];
}

/** Tells which tables are meant; a name that is written out means itself, whatever it is made of. */
export function tableChooser(
  tables: readonly string[] | undefined,
  exclude: readonly string[] = [],
): (name: string) => boolean {
  const wanted = tables?.map(namePattern);
  const left = exclude.map(namePattern);
  return (name) =>
    (wanted === undefined || wanted.some((is) => is(name))) && !left.some((is) => is(name));
}

/**
 * Every wanted table is known on some side.
 *
 * @throws SyncError SYNC_UNKNOWN_TABLE, with the nearest names
 */
export function refuseUnknown(a: Schema, b: Schema, wanted: readonly string[]): void {
  const known = [...new Set([a, b].flatMap(allNames))];
  const unknown = wanted.filter((name) => !known.some(namePattern(name)));
  if (unknown.length === 0) return;
  const lines = unknown.map((name) => {
    const near = nearestNames(name, known, 3);
    return `Neither database has a table ${quoted([name])}${near.length === 0 ? "" : `; did you mean ${quoted(near, " or ")}?`}`;
  });
  const tables = [...new Set([a, b].flatMap((schema) => schema.tables.map(({ name }) => name)))];
  throw new SyncError("SYNC_UNKNOWN_TABLE", lines.join("\n"), {
    // More names than these are a listing, not a hint.
    ...(tables.length <= 20 && tables.length > 0
      ? { next: `The tables are ${quoted(tables)}.` }
      : {}),
    details: { unknown, tables },
  });
}

function refuseUnsupported(a: Schema, b: Schema, isChosen: (name: string) => boolean): void {
  const found = leftOutOf(a, b).filter(
    ({ table, severity }) => severity === "unsupported" && isChosen(table),
  );
  if (found.length === 0) return;
  throw new SyncError("SYNC_UNSUPPORTED", found.map(inWords).join("\n"), {
    details: { tables: found.map(({ table }) => table) },
  });
}

/** Somebody who names an index asks for something that would silently not happen. */
function refuseWithoutRows(a: Schema, b: Schema, wanted: readonly string[]): void {
  const known = [a, b].flatMap(({ tables }) => tables.map((table) => table.name));
  for (const name of wanted) {
    // A glob that also fits an index means the tables among what it fits.
    if (known.some(namePattern(name))) continue;
    const leftOut = leftOutOf(a, b).find(({ table }) => isSameName(table, name));
    if (leftOut !== undefined) throw new SyncError("SYNC_UNSUPPORTED", inWords(leftOut));
    const index = [...a.derived, ...b.derived].find((one) => isSameName(one.name, name));
    const content = index?.content ?? null;
    throw new SyncError(
      "SYNC_UNSUPPORTED",
      `The table ${quoted([name])} has no rows of its own: it follows ${content === null ? "other tables" : quoted([content])}.`,
      content === null ? {} : { next: `Choose ${quoted([content])} instead.` },
    );
  }
}

const LEVEL =
  "`dbsync schema A B` shows the statements that level them, `--apply a` or `b` adds what is missing";
const COMMON = '; `schemaDrift: "common"` of the pair in the config goes on with what both have';

/** A table or a column that one side alone has. */
function isDrift({ kind, onlyIn }: SchemaDifference): boolean {
  return onlyIn !== null && (kind === "column" || kind === "table");
}

function refuseDifferences(differences: readonly SchemaDifference[]): void {
  if (differences.length === 0) return;
  const lines = differences.map(({ message, next }) => `- ${message}. ${next}`);
  throw new SyncError(
    "SYNC_SCHEMA_MISMATCH",
    `The two databases do not have the same schema:\n${lines.join("\n")}`,
    {
      next: `${LEVEL}${differences.some(isDrift) ? COMMON : ""}; or choose equal tables with \`--table\`.`,
      details: { differences },
    },
  );
}

/** What either side leaves out, each table once. */
function leftOutOf(a: Schema, b: Schema): LeftOut[] {
  const onlyInB = b.leftOut.filter(
    ({ table }) => !a.leftOut.some((one) => isSameName(one.table, table)),
  );
  return [...a.leftOut, ...onlyInB];
}

function allNames(schema: Schema): string[] {
  return [
    ...schema.tables.map(({ name }) => name),
    ...schema.derived.map(({ name }) => name),
    ...schema.leftOut.map(({ table }) => table),
  ];
}

function inWords({ table, reason }: LeftOut): string {
  return `The table ${quoted([table])} is left out: ${reason}.`;
}

function quoted(names: readonly string[], between = ", "): string {
  return names.map((name) => `\`${name}\``).join(between);
}
