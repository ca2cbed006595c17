import type {
  ConflictKind,
  ConflictOutcome,
  Side,
  SqlValue,
  SyncReport,
  TableSync,
  WriteCounts,
} from "@sync/model";
import { isTextList, readOwnJson } from "../state/own-json.ts";
import { isBag, isKeyed } from "../sqlite/plan-tables.ts";
import { qualified } from "../sqlite/expressions.ts";
import { columnNames, rowFrom } from "../sqlite/rows.ts";
import { CONTROL as C, SIDES } from "../sqlite/shape.ts";
import type { Shape, SideNames } from "../sqlite/shape.ts";
import type { Draft } from "./draft.ts";
import { idleTables } from "./quiet-tables.ts";
import type { Workspace } from "./workspace.ts";

/** What a run did to each table, counted from its plan. Tables where nothing changed are in it too. */
export function countTables(space: Workspace, draft: Draft): TableSync[] {
  const idle = idleTables(space, draft);
  return space.shapes.map((shape) => {
    if (idle.has(shape.table.name)) return nothingDone(shape.table.name);
    const outcomes = countOutcomes(space, shape);
    const of = (name: string): number => outcomes.get(name) ?? 0;
    const loaded = draft.load?.rows.get(shape) ?? 0;
    const [toA, toB] = SIDES.map((side) => {
      const { inserted, updated, deleted } = countWrites(space, shape, side);
      const isLoaded = draft.load?.to.side === side.side;
      return { inserted: inserted + (isLoaded ? loaded : 0), updated, deleted };
    }) as [WriteCounts, WriteCounts];
    return {
      table: shape.table.name,
      toA,
      toB,
      copied: of("copy") + loaded,
      agreed: of("agree") + (draft.equalRows.get(shape.table.name) ?? 0),
      merged: of("merge"),
      filtered: of("filtered"),
      held: of("held"),
      conflicts: { resolved: of("resolve"), parked: of("park") },
    };
  });
}

function nothingDone(table: string): TableSync {
  const writes = { inserted: 0, updated: 0, deleted: 0 };
  const conflicts = { resolved: 0, parked: 0 };
  const rows = { copied: 0, agreed: 0, merged: 0, filtered: 0, held: 0 };
  return { table, toA: writes, toB: writes, ...rows, conflicts };
}

/** Conflicts of the run and what became of them, in the order of tables and plan. */
export function readOutcomes(space: Workspace): ConflictOutcome[] {
  return space.shapes.flatMap((shape) => [
    ...(isKeyed(shape) ? outcomesIn(space, shape, shape.work.plan) : []),
    ...(isBag(shape) ? outcomesIn(space, shape, shape.work.planBag) : []),
  ]);
}

/** Open conflicts of the pair, in all its tables. */
export function countInbox({ db }: Workspace): number {
  return db
    .prepare("SELECT count(*) FROM state.sync_conflict WHERE status = 'parked'")
    .pluck()
    .get() as number;
}

/** The sums of a report, where its tables have been counted. */
export function sumConflicts(tables: readonly TableSync[]): SyncReport["conflicts"] {
  const sum = (of: (table: TableSync) => number): number =>
    tables.reduce((total, table) => total + of(table), 0);
  return {
    resolved: sum(({ conflicts }) => conflicts.resolved),
    parked: sum(({ conflicts }) => conflicts.parked),
  };
}

function countOutcomes({ db }: Workspace, shape: Shape): Map<string, number> {
  const counts = new Map<string, number>();
  const plans = [
    ...(isKeyed(shape) ? [shape.work.plan] : []),
    ...(isBag(shape) ? [shape.work.planBag] : []),
  ];
  for (const plan of plans) {
    const rows = db
      .prepare(`SELECT ${C.outcome}, count(*) FROM ${plan} GROUP BY 1`)
      .raw()
      .all() as [string, number][];
    for (const [outcome, count] of rows) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  }
  return counts;
}

function countWrites({ db }: Workspace, shape: Shape, { to }: SideNames): WriteCounts {
  const keyed = isKeyed(shape)
    ? (db
        .prepare(`SELECT ifnull(sum(${to} = 1), 0) AS inserted, ifnull(sum(${to} IN (2, 4)), 0) AS updated,
        ifnull(sum(${to} = 3), 0) AS deleted FROM ${shape.work.plan}`)
        .get() as WriteCounts)
    : { inserted: 0, updated: 0, deleted: 0 };
  if (!isBag(shape)) return keyed;
  const bag = db
    .prepare(`SELECT ifnull(sum(max(${to}, 0)), 0) AS inserted, ifnull(sum(max(-${to}, 0)), 0) AS deleted
    FROM ${shape.work.planBag}`)
    .get() as Pick<WriteCounts, "inserted" | "deleted">;
  return {
    inserted: keyed.inserted + bag.inserted,
    updated: keyed.updated,
    deleted: keyed.deleted + bag.deleted,
  };
}

/** In the order of the columns read below; then come the key's. */
type OutcomeRow = [
  kind: ConflictKind,
  disputed: string | null,
  policy: string | null,
  reason: string | null,
  winner: Side | null,
  outcome: string,
  lost: bigint,
  ...key: SqlValue[],
];

/** There may be very many: what is the same in all of them is held once. */
function outcomesIn({ db, run }: Workspace, shape: Shape, plan: string): ConflictOutcome[] {
  const { table } = shape;
  // What is held is told once: in the run that recorded it.
  const isTold = `p.${C.outcome} IN ('park', 'resolve') OR (p.${C.outcome} = 'held' AND c.run = ?)`;
  // Of two rows that are both kept, one lost its key, but no value.
  const isLoss = plan === shape.work.plan ? `p.${C.rekey} IS NULL` : "TRUE";
  const names = table.key.length === 0 ? columnNames(table) : table.key.map(({ name }) => name);
  const rows = db
    .prepare(
      `SELECT c.kind, c.disputed, c.policy, c.reason, c.winner, p.${C.outcome},
         EXISTS (SELECT 1 FROM ${run.schema}.sync_ledger AS l WHERE l.conflict = c.id AND l.run = ? AND ${isLoss}),
         ${names.map((name) => qualified(name, "p")).join(", ")}
       FROM ${plan} AS p CROSS JOIN ${run.schema}.sync_conflict AS c ON c.id = p.${C.conflict}
       WHERE (${isTold}) ORDER BY p.${C.n}`,
    )
    .safeIntegers()
    .raw()
    .iterate(run.id, run.id) as Iterable<OutcomeRow>;
  const held = createHolder();
  const outcomes: ConflictOutcome[] = [];
  for (const [kind, disputed, policy, reason, winner, outcome, lost, ...key] of rows) {
    outcomes.push({
      table: table.name,
      key: rowFrom(names, key),
      kind: held.text(kind),
      disputed: held.list(disputed ?? "[]"),
      policy: held.text(policy ?? run.policy),
      winner: winner === null ? null : held.text(winner),
      reason: held.text(reason ?? ""),
      outcome: toldAs(outcome, lost > 0n),
    });
  }
  return outcomes;
}

function toldAs(outcome: string, isLoss: boolean): ConflictOutcome["outcome"] {
  if (outcome === "park") return "parked";
  return isLoss || outcome === "held" ? "skip" : "resolved";
}

interface Holder {
  text<T extends string>(text: T): T;
  /** Our own JSON, written when the conflict was decided. */
  list(json: string): readonly string[];
}

/** Gives the same object for the same text. */
function createHolder(): Holder {
  const texts = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  return {
    text: <T extends string>(text: T): T => {
      const known = texts.get(text);
      if (known !== undefined) return known as T;
      texts.set(text, text);
      return text;
    },
    list: (json) => {
      const known = lists.get(json) ?? readOwnJson(json, isTextList);
      lists.set(json, known);
      return known;
    },
  };
}
