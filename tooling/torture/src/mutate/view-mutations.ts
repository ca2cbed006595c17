import type { Mutation } from "./mutation.ts";

/** Breakages of runs that carry less than everything: directions, filters, drifting schemas. */
export const VIEW_MUTATIONS: readonly Mutation[] = [
  {
    name: "what the target changed goes back to the source",
    breaks: "§11, direction",
    find: "WHERE ${C.outcome} = 'copy' AND ${source.to} <> 0",
    replace: "WHERE ${C.outcome} = 'none' AND ${source.to} <> 0",
    tests: ["core/test/direction.test", "core/direction-laws"],
  },
  {
    name: "what the source changed in vain is passed over",
    breaks: "§3.4, direction",
    find: "\n      AND NOT ${changedInVain(shape)}`",
    replace: "`",
    tests: ["core/test/direction.test", "core/direction-laws"],
  },
  {
    name: "the target loses rows without a key that are its own",
    breaks: "§3.4, direction",
    find: "UPDATE ${planBag} SET ${HELD} WHERE ${differs} AND ${isOwn}`",
    replace: "UPDATE ${planBag} SET ${HELD} WHERE ${differs} AND ${isOwn} AND 0`",
    tests: ["core/test/direction.test", "core/direction-laws"],
  },
  {
    name: "a mirror does not ask",
    breaks: "§3.8, §3.14",
    find: "if (oneWay?.mirror !== true || request.confirmed || request.dryRun) return;",
    replace: "if (oneWay !== undefined) return;",
    tests: ["core/mirror"],
  },
  {
    name: "a mirror goes the other way",
    breaks: "§11, direction",
    find: 'direction === "b-to-a" ? "b" : "a"',
    replace: 'direction !== "a-to-b" ? "b" : "a"',
    tests: ["core/mirror"],
  },
  {
    name: "a row that is outside a filter is taken for deleted",
    breaks: "§3.4, filters",
    find: "if (!isFiltered(shape) || !isKeyed(shape)) return;",
    replace: "if (isKeyed(shape)) return;",
    tests: ["core/test/filters.test", "core/filter-laws"],
  },
  {
    name: "a row goes to a side whose filter keeps it out",
    breaks: "§3.4, filters",
    find: "...(to.where === null ? [] : [version])",
    replace: "...(to.where === null ? [version] : [])",
    tests: ["core/test/filters.test", "core/filter-laws"],
  },
  {
    name: "contents outside a filter are counted",
    breaks: "§3.4, filters",
    find: "WHERE ${elsewhere} OR ${comes}`",
    replace: "WHERE ${elsewhere} AND ${comes}`",
    tests: ["core/test/filters.test", "core/filter-laws"],
  },
  {
    name: "a column of the key may drift",
    breaks: "§5, drift",
    find: "if (table.key.some(({ name }) => isSameName(name, column.name))) return false;",
    replace: "",
    tests: ["core/test/schema-drift.test"],
  },
];
