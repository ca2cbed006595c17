import { SIDES } from "../scenario.ts";
import type { Invariant } from "./run-view.ts";

/** Every row ends as the rule of DESIGN §6 says (§3.1, §3.2, §3.3, §3.8, §3.13). */
export const areRowsRight: Invariant = {
  name: "rows",
  check: ({ settled, step }) => (step.dryRun === true ? [] : settled.unexplained),
};

/** No side has a violation or a stale index that it had not before (§3.12). */
export const areSidesSound: Invariant = {
  name: "soundness",
  check: ({ before, after }) =>
    SIDES.flatMap((side) =>
      (["problems", "foreignKeys", "staleIndexes"] as const).flatMap((kind) =>
        after[side].integrity[kind]
          .filter((found) => !before[side].integrity[kind].includes(found))
          .map((found) => `side ${side}: ${kind}: ${found}`),
      ),
    ),
};

/** Where nothing waits for a decision, both sides hold the same in the chosen tables. */
export const areSidesEqual: Invariant = {
  name: "equal sides",
  check: ({ step, settled, after, expected }) => {
    const isParked = [...settled.rows, ...settled.counts].some(({ fate }) => fate === "parked");
    if (step.dryRun === true || isParked) return [];
    return expected.tables
      .map(({ table }) => table.name)
      .filter((name) => JSON.stringify(after.a.dump[name]) !== JSON.stringify(after.b.dump[name]))
      .map((name) => `table ${name} differs though nothing was parked`);
  },
};

/** No trigger, table or index comes, goes or changes its place in the order of firing. */
export const isSchemaUntouched: Invariant = {
  name: "schema",
  check: ({ before, after }) =>
    SIDES.filter(
      (side) => JSON.stringify(before[side].schema) !== JSON.stringify(after[side].schema),
    ).map((side) => `side ${side}: the schema is another one after the run`),
};

/** AUTOINCREMENT counters never go back. */
export const onlyGoesUp: Invariant = {
  name: "sequences",
  check: ({ before, after }) =>
    SIDES.flatMap((side) =>
      [...before[side].sequences]
        .filter(([table, was]) => (after[side].sequences.get(table) ?? -1n) < was)
        .map(([table, was]) => `side ${side}: the counter of ${table} fell from ${was}`),
    ),
};
