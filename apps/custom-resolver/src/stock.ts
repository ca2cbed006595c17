import type { Policy } from "@sync/model";
import { createColumnRule, lastWriteWins, perColumn, perTable } from "@sync/resolvers";
import type { ColumnRule, ResolverDefinition } from "@sync/resolvers";

/**
 * What is left of an article that both copies sold and stocked up: the former count, and what each copy
 * added and took since. Below zero the same pieces were sold twice: no number is right, somebody must look.
 *
 * Needs a tree of pairs: in a ring a delivery would come around and be counted again.
 */
export const stockCount: ColumnRule = createColumnRule({
  name: "stock-count",
  version: "1",
  needsTree: true,
  mergeColumn: ({ base, a, b }) => {
    if (typeof base !== "bigint" || typeof a !== "bigint" || typeof b !== "bigint") {
      return { problem: "holds something that is no whole number" };
    }
    const left = base + (a - base) + (b - base);
    if (left < 0n) return { problem: "would fall below zero: the same pieces went twice" };
    return BigInt.asIntN(64, left) === left
      ? { value: left }
      : { problem: "would be larger than SQLite's integers" };
  },
});

const usual = lastWriteWins();

/** The rule for the column `pieces` of the table `stock`; the later edit wins for everything else. */
export const policy: Policy = perTable(
  { stock: perColumn({ pieces: stockCount }, { fallback: usual }) },
  { fallback: usual },
);

/** By this name `dbsync sync --policy dist/stock.js` finds it. */
export const resolver: ResolverDefinition = { apiVersion: 1, policy };
