import type Database from "better-sqlite3";
import type { Conflict, ConflictKind, Row, Side, SqlValue } from "@sync/model";
import { disputedColumns } from "../reconcile/merge.ts";
import type { Sources } from "../reconcile/resolution.ts";
import { columnList } from "../sqlite/expressions.ts";
import { hasGeneratedKey } from "../sqlite/generated-key.ts";
import { columnNames, keyOf, rowFrom } from "../sqlite/rows.ts";
import { CONTROL as C } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";

/** A planned row in conflict, with what is known of it. */
export interface OpenConflict {
  /** The row's number in the plan and its id in `sync_conflict`. */
  readonly n: number;
  readonly id: number;
  readonly sources: Sources;
  /** The side that holds an old value again; then no policy is asked. */
  readonly stale: Side | null;
  readonly conflict: Conflict;
}

/** The next open conflicts of a table after number `after`, at most `limit`, in the order of the plan. */
export function readOpenConflicts(
  db: Database.Database,
  shape: Shape,
  { after, limit, clockSkew }: Page,
): OpenConflict[] {
  const chosen = `${C.outcome} = 'open' AND ${C.n} > ${after} ORDER BY ${C.n} LIMIT ${limit}`;
  return readPlanned(db, shape, chosen).map((planned) =>
    opened(shape, planned, { kind: kindOf(planned), constraint: null, clockSkew }),
  );
}

/** Which open conflicts to read, and why the table's timestamps must not decide, if so. */
export interface Page {
  readonly after: number;
  readonly limit: number;
  readonly clockSkew: string | null;
}

/** Planned rows by number that would break a constraint, in conflict with what is in their way. */
export function readBroken(
  db: Database.Database,
  shape: Shape,
  broken: ReadonlyMap<number, Broken>,
): OpenConflict[] {
  const chosen = `${C.n} IN (SELECT value FROM json_each('${JSON.stringify([...broken.keys()])}'))`;
  return readPlanned(db, shape, chosen).flatMap((planned) => {
    const found = broken.get(planned.n);
    return found === undefined ? [] : [opened(shape, planned, found)];
  });
}

function opened(shape: Shape, planned: Planned, about: Broken): OpenConflict {
  const { n, id, sources, stale } = planned;
  return { n, id, sources, stale, conflict: conflictOf(shape, planned, about) };
}

/** What a row would break. */
export type Broken = Pick<Conflict, "kind" | "constraint" | "clockSkew">;

/** A row of the plan with its images. */
interface Planned {
  readonly n: number;
  readonly id: number;
  readonly didA: string;
  readonly didB: string;
  readonly sources: Sources;
  readonly stale: Side | null;
  readonly images: Readonly<Record<string, Row>>;
}

/** One statement for all of them: rows of the plan, and their images beside each other. */
function readPlanned(db: Database.Database, shape: Shape, chosen: string): Planned[] {
  const { table, work } = shape;
  const columns = columnNames(table);
  const rows = db
    .prepare(
      `SELECT p.n, p.id, p.didA, p.didB, p.sources, p.stale, k.${C.image}, ${columnList(table, "k")}
       FROM (SELECT ${C.n} AS n, ${C.conflict} AS id, ${C.didA} AS didA, ${C.didB} AS didB, ${C.sources} AS sources,
         ${C.stale} AS stale FROM ${work.plan} WHERE ${chosen}) AS p
       LEFT JOIN ${work.kept} AS k ON k.${C.owner} = p.id ORDER BY p.n`,
    )
    .safeIntegers()
    .raw()
    .all() as [
    bigint,
    bigint,
    string,
    string,
    string | null,
    Side | null,
    string | null,
    ...SqlValue[],
  ][];
  const found = new Map<bigint, Planned & { readonly images: Record<string, Row> }>();
  for (const [n, id, didA, didB, sources, stale, image, ...values] of rows) {
    let planned = found.get(n);
    if (planned === undefined) {
      planned = {
        n: Number(n),
        id: Number(id),
        didA,
        didB,
        sources: sources ?? "",
        stale,
        images: {},
      };
      found.set(n, planned);
    }
    if (image !== null) planned.images[image] = rowFrom(columns, values);
  }
  return [...found.values()];
}

function kindOf({ didA, didB }: Planned): ConflictKind {
  if (didA !== didB) return "update/delete";
  return didA === "+" ? "insert/insert" : "update/update";
}

/** One conflict as a policy sees it. */
function conflictOf(
  { table, work, rules }: Shape,
  { images, sources }: Planned,
  about: Broken,
): Conflict {
  const { a = null, b = null, "0": base = null } = images;
  return {
    table: table.name,
    key: keyOf(table, base ?? a ?? b ?? {}),
    base,
    a,
    b,
    disputed: disputedColumns(columnNames(table), sources),
    timestampColumn: rules.timestamp,
    generatedKey: hasGeneratedKey(table),
    hasBase: work.base !== null,
    ...about,
  };
}
