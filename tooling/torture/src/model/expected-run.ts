import { contentOf, expectedTable, isSame } from "@sync/testkit";
import type {
  Content,
  DatabaseDump,
  ExpectedRow,
  ExpectedTable,
  TableDescription,
} from "@sync/testkit";
import { POLICIES, mirrored } from "../policies.ts";
import { SIDES } from "../scenario.ts";
import type { Side, SyncStep } from "../scenario.ts";
import type { PairModel } from "./pair-model.ts";

/** All that a run's outcome depends on. */
export interface Situation {
  readonly model: PairModel;
  readonly step: SyncStep;
  /** Every table of the pair. */
  readonly tables: readonly TableDescription[];
  readonly before: Readonly<Record<Side, DatabaseDump>>;
  readonly nowMs: number;
}

/** What the rule says of a run, constraints aside. */
export interface ExpectedRun {
  /** What is known when the run begins: `--lineage forget` has forgotten. */
  readonly model: PairModel;
  readonly tables: readonly ExpectedTable[];
  readonly firstRun: boolean;
  /** A side went back to what it held before we wrote to it, and nobody said what that means. */
  readonly alarm: boolean;
}

/** DESIGN §6 for every chosen table. */
export function expectRun(situation: Situation): ExpectedRun {
  const { step, nowMs, before } = situation;
  const chosen = chosenTables(situation);
  const model = step.lineage === "forget" ? forget(situation.model, chosen) : situation.model;
  const { model: policyModel } = POLICIES[step.policy];
  const policy = step.swapped === true ? mirrored(policyModel) : policyModel;
  const tables = chosen.map((table) => {
    const base = model.base.get(table.name) ?? null;
    const [a, b] = [before.a, before.b].map((dump) => contentOf(table, dump[table.name] ?? []));
    if (a === undefined || b === undefined) throw new Error("two sides");
    const judged = expectedTable({ base, a, b }, { table, policy, nowMs });
    return { ...judged, rows: judged.rows.map((row) => asLeft(row, table, { model, step })) };
  });
  return {
    model,
    tables,
    firstRun: chosen.every(({ name }) => !model.base.has(name)),
    alarm: step.lineage === undefined && hasGoneBack(model, chosen, before),
  };
}

/**
 * A conflict that waits is not put to the same policy again while its rows stay (§6): not even where the policy
 * would decide by now, because what it had held against a table's times is over.
 */
function asLeft(
  row: ExpectedRow,
  table: TableDescription,
  { model, step }: Pick<Situation, "model" | "step">,
): ExpectedRow {
  const { verdict, before, identity } = row;
  if (verdict.conflict === null || verdict.type !== "resolved") return row;
  const isWaiting = model.inbox.some(
    (entry) =>
      entry.table === table.name &&
      entry.row === identity &&
      entry.policy === step.policy &&
      entry.isUnsure !== true &&
      (["base", "a", "b"] as const).every((place) => isSame(entry.images[place], before[place])),
  );
  return isWaiting ? { ...row, verdict: { ...verdict, ...PARKED } } : row;
}

const PARKED = { type: "parked", results: [], lost: [] } as const;

/** The tables a run is about. */
export function chosenTables({ step, tables }: Situation): readonly TableDescription[] {
  const { tables: places } = step;
  if (places === undefined || places.length === 0) return tables;
  const wanted = new Set(places.map((place) => place % tables.length));
  return tables.filter((_, at) => wanted.has(at));
}

/** The base goes, inbox and ledger stay. */
function forget(model: PairModel, chosen: readonly TableDescription[]): PairModel {
  const names = new Set(chosen.map(({ name }) => name));
  return {
    ...model,
    base: new Map([...model.base].filter(([name]) => !names.has(name))),
    former: model.former.filter(({ table }) => !names.has(table)),
  };
}

/** DESIGN §8: at least three of the rows that we wrote to a side, and half of them, hold again what they held before. */
function hasGoneBack(
  model: PairModel,
  chosen: readonly TableDescription[],
  before: Readonly<Record<Side, DatabaseDump>>,
): boolean {
  return SIDES.some((side) => {
    let [back, written] = [0, 0];
    for (const table of chosen) {
      const base = model.base.get(table.name);
      if (base === undefined) continue;
      const now: Content = contentOf(table, before[side][table.name] ?? []);
      const rows = model.former.filter((one) => one.table === table.name && one.side === side);
      written += rows.length;
      back += rows.filter(({ identity, row }) => {
        const found = now.rows.get(identity) ?? null;
        return isSame(found, row) && !isSame(found, base.rows.get(identity) ?? null);
      }).length;
    }
    return back >= 3 && back >= written / 2;
  });
}
