import type { Mutation } from "./mutation.ts";

/** Breakages of what remembered pages say about rows. */
export const PAGE_MUTATIONS: readonly Mutation[] = [
  {
    name: "a value on overflow pages may change behind a remembered leaf",
    breaks: "§3.11, §9",
    find: "return alike >= 0 && remembered.chains(alike) === chains && remembered.isFirst(alike, first);",
    replace: "return alike >= 0 && chains >= 0n && remembered.isFirst(alike, first);",
    tests: ["core/signed-runs", "core/signatures"],
  },
  {
    name: "the last row before a remembered leaf may go unnoticed",
    breaks: "§3.11, §9",
    find: "const [from, to] = [start(), remembered.first(unit) - 1n];",
    replace: "const [from, to] = [start(), remembered.first(unit) - 2n];",
    tests: ["core/signatures", "core/signed-runs"],
  },
  {
    name: "rows that went from a table without a rowid for a key are not counted",
    breaks: "§3.11, §9",
    find: "return (isCounted ? rowsBefore : rowsInBase()) > pages[side.side].cleanRows - strangers + matched;",
    replace: "return strangers < 0 && rowsInBase() < 0;",
    tests: ["core/signed-runs"],
  },
  {
    name: "a row on a changed page counts as it was when the base has its key",
    breaks: "§3.11, §9",
    find: ' AND NOT ${rowsDiffer(table, "x", "o")})`;',
    replace: ")`;",
    tests: ["core/changed-keys", "core/signed-runs"],
  },
  {
    name: "rows that are gone are not looked for between remembered leaves",
    breaks: "§3.11, §9",
    find: "BETWEEN ? AND ? AND NOT ${isOnSide(shape, side)}`",
    replace: "BETWEEN ? AND ? AND ${isOnSide(shape, side)}`",
    tests: ["core/changed-keys", "core/signed-runs"],
  },
  {
    name: "rows that wait are no candidates",
    breaks: "§3.11, §9",
    find: "if (pages.unsettled !== null)\n    addKeys(",
    replace: 'if (pages.unsettled === "")\n    addKeys(',
    tests: ["core/signed-runs"],
  },
  {
    name: "pages are remembered though somebody committed meanwhile",
    breaks: "§3.11, §9",
    find: "sides.every((side) => readVersions(space, side).data === draft.seen[side].data);",
    replace: "sides.every((side) => readVersions(space, side).data !== -1);",
    tests: ["core/pages-not-noted"],
  },
  {
    name: "pages are still believed when the base is another one",
    breaks: "§3.11, §9",
    find: '"UPDATE state.sync_signature SET a = NULL, b = NULL WHERE tbl = ?"',
    replace: '"UPDATE state.sync_signature SET a = NULL, b = NULL WHERE tbl = ? AND 0"',
    tests: ["core/pages-out-of-date"],
  },
  {
    name: "pages are believed though the table is defined otherwise",
    breaks: "§3.11, §9",
    find: 'WHERE tbl = ? AND about = ?"',
    replace: 'WHERE tbl = ? AND (about = ? OR 1)"',
    tests: ["core/pages-out-of-date"],
  },
  {
    name: "rows with NULL in their key are looked for by pages",
    breaks: "§3.11, §5",
    find: "if (!isUnchanged(signed) && holdsNullKeys(db, shape)) return null;",
    replace: "",
    tests: ["core/signed-runs"],
  },
];
