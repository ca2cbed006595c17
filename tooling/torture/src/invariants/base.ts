import { contentOf } from "@sync/testkit";
import type { TableDescription } from "@sync/testkit";
import type { PairModel } from "../model/pair-model.ts";
import type { StateView } from "../observe/state.ts";
import { listDifferences, rowText } from "./compare.ts";
import type { Invariant } from "./run-view.ts";

/** The base says exactly what both sides agreed on, table by table (§3.6). */
export const isBaseRight: Invariant = {
  name: "base",
  check: ({ step, tables, next, state }) =>
    step.dryRun === true ? [] : baseDifferences(next, state, tables),
};

export function baseDifferences(
  model: PairModel,
  state: StateView,
  tables: readonly TableDescription[],
): readonly string[] {
  return tables.flatMap((table) =>
    listDifferences(expectedBase(model, table), foundBase(state, table)).map(
      (difference) => `base of ${table.name}: ${difference}`,
    ),
  );
}

function expectedBase(model: PairModel, { name }: TableDescription): string[] {
  const base = model.base.get(name);
  if (base === undefined) return [];
  return [
    "known",
    ...[...base.rows.values()].map(rowText),
    // Our own JSON, made from a row.
    ...[...base.counts].map(
      ([content, count]) =>
        `${count} times ${rowText(JSON.parse(content) as Record<string, string>)}`,
    ),
  ];
}

function foundBase(state: StateView, table: TableDescription): string[] {
  const keyed = state.base.get(table.name);
  const bag = state.bag.get(table.name);
  if (keyed === undefined && bag === undefined) return [];
  return [
    "known",
    ...[...contentOf(table, keyed ?? []).rows.values()].map(rowText),
    ...(bag ?? []).map(({ row, count }) => `${count} times ${rowText(row)}`),
  ];
}
