import type { Mutation } from "./mutation.ts";

/** Breakages of pairs that are watched, and of backups. */
export const KEEP_MUTATIONS: readonly Mutation[] = [
  {
    name: "a changed file is not noticed once its files are closed",
    breaks: "§10",
    find: "return this.#signs().every((sign, index) => isSameSigns(sign, signs[index] ?? sign));",
    replace: "return signs.length > 0;",
    tests: ["core/idle-pairs", "core/held-pairs"],
  },
  {
    name: "what was written just now counts as settled",
    breaks: "§10",
    find: "return Math.abs(nowMs - writtenMs) >= step;",
    replace: "return Math.abs(nowMs - writtenMs) >= 0 * step;",
    tests: ["core/idle-pairs"],
  },
  {
    name: "commits of ours are taken for those of others",
    breaks: "§10",
    find: "seen.some(({ a, b }) => a.data !== now.a || b.data !== now.b)",
    replace: "seen.some(({ a, b }) => a.data !== now.a || b.data === now.b)",
    tests: ["core/held-pairs"],
  },
  {
    name: "a file put in the place of a held one is not noticed",
    breaks: "§10",
    find: "return SIDES.some(({ side }) => fileIdentity(files[side].given) !== identities[side]);",
    replace:
      "return SIDES.some(({ side }) => identities[side] === null && files[side].given === null);",
    tests: ["core/held-pairs"],
  },
  {
    name: "a run of some tables speaks for all of them",
    breaks: "§10",
    find: 'return this.#seen.get(scope) ?? this.#seen.get("") ?? null;',
    replace: "return this.#seen.get(scope) ?? this.all()[0] ?? null;",
    tests: ["core/held-pairs"],
  },
  {
    name: "a write during a run leads to no other look",
    breaks: "§10",
    find: "const rested = { ...state, running: null, pollMs };",
    replace: "const rested = { ...state, running: null, pollMs, wake: null };",
    tests: ["watcher/pair-state"],
  },
  {
    name: "the checksum of a backup is not compared",
    breaks: "backups",
    find: "if (found !== manifest.sha256) problems.push(",
    replace: 'if (found === "") problems.push(',
    tests: ["core/test/backup.test", "core/test/restore.test"],
  },
  {
    name: "a backup that is no sound database is put back",
    breaks: "backups",
    find: "if (problems.length > 0) throw await damaged({ ...chosen, problems }, folder, hooks);",
    replace: "",
    tests: ["core/test/restore.test"],
  },
  {
    name: "what an earlier restore replaced counts as the newest backup",
    breaks: "backups",
    find: 'return manifest !== null && manifest.kind !== "replaced";',
    replace: "return manifest !== null;",
    tests: ["core/test/restore.test"],
  },
  {
    name: "what a restore replaces is not kept",
    breaks: "backups",
    find: "const replaced = await keepReplaced(work, target);",
    replace: "const replaced = work === null ? await keepReplaced(work, target) : null;",
    tests: ["core/test/restore.test"],
  },
  {
    name: "a database is restored under its watcher",
    breaks: "backups",
    find: "const watcher = watcherOf(stateDir, [path]);\n  if (watcher === null) return;",
    replace: "const watcher = watcherOf(stateDir, [path]);\n  if (watcher !== undefined) return;",
    tests: ["core/test/restore.test", "cli/recovery"],
  },
  {
    name: "a restore does not move the base back",
    breaks: "§8, backups",
    find: "const tables = rebaseOn(db, {",
    replace: 'const tables = note.backup !== "" ? [] : rebaseOn(db, {',
    tests: ["core/restore-lineage"],
  },
];
