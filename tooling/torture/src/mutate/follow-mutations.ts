import type { Mutation } from "./mutation.ts";

/** Breakages of what is known of a file that is followed by its log. */
export const FOLLOW_MUTATIONS: readonly Mutation[] = [
  {
    name: "what is left of a log that was begun anew is not read",
    breaks: "§9.3",
    find: "found.commits + rest.commits === commits;",
    replace: "found.commits === commits;",
    tests: ["core/log-tail"],
  },
  {
    name: "an overflow page that was written names no row",
    breaks: "§9.3",
    find: "if (roles.isIn(tree.id, unit, ROLE.leaf, ROLE.interior)) units.add(unit);",
    replace:
      "if (!isChain && roles.isIn(tree.id, unit, ROLE.leaf, ROLE.interior)) units.add(unit);",
    tests: ["core/followed-pages"],
  },
  {
    name: "what stood below an interior page that is gone is taken to be there",
    breaks: "§9.3",
    find: "    addLost(child, tree, parents, lost);\n  }",
    replace: "  }",
    tests: ["core/followed-examples"],
  },
  {
    name: "leaves that are gone leave no gap",
    breaks: "§9.3",
    find: "const left = new Set([...touched.units, ...lost]);",
    replace: "const left = new Set([...touched.units]);",
    tests: ["core/followed-pages"],
  },
  {
    name: "a leaf answers for no rowid beyond its last key",
    breaks: "§9.3",
    find: "to ??= keys?.[place] ?? null;",
    replace: "to ??= keys?.[place - 1] ?? keys?.[place] ?? null;",
    tests: ["core/followed-pages"],
  },
  {
    name: "an answer that was not taken is forgotten",
    breaks: "§9.3",
    find: "for (const since of [this.#settled, this.#latest]) {",
    replace: "for (const since of [this.#latest]) {",
    tests: ["core/followed-pages", "core/followed-runs"],
  },
  {
    name: "pages that nobody wrote to the log are not compared with what they were",
    breaks: "§9.3",
    find: "const isOther = page > this.#count || this.#hashes[page] !== hash;",
    replace: "const isOther = page > this.#count;",
    tests: ["core/followed-pages"],
  },
  {
    name: "a moment stands for signatures from which the table differed then",
    breaks: "§3.11, §9.3",
    find: 'found.type === "signed" && found.isUnchanged;',
    replace: 'found.type === "signed";',
    tests: ["core/followed-pages"],
  },
  {
    name: "changes between a question and its snapshot are passed over",
    breaks: "§9.3",
    find: "    if (isSame) return {",
    replace: "    if (isSame || pages.follows) return {",
    tests: ["core/followed-examples", "core/followed-runs"],
  },
];
