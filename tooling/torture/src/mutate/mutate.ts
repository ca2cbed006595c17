import type { Mutation } from "./mutation.ts";
import { MUTATIONS } from "./mutations.ts";
import { runAllTests, runTests } from "./run-tests.ts";
import { createWorkbench, placeOf, sourcesOf } from "./workbench.ts";
import type { Workbench } from "./workbench.ts";

/** A mutation and who saw it; `null`: nobody. */
export interface Verdict {
  readonly mutation: Mutation;
  readonly seenBy: string | null;
}

export interface MutateOptions {
  readonly repository: string;
  /** Part of a mutation's name; all of them without it. */
  readonly only: string | null;
  /** Where none of its own tests sees a mutation, all others are tried, too. */
  readonly tryAll: boolean;
  readonly log: (line: string) => void;
}

/**
 * Breaks a copy of the repository in one place after the other and looks whether a test fails.
 *
 * @throws Error where a mutation does not apply any more
 */
export function mutate({ repository, only, tryAll, log }: MutateOptions): Verdict[] {
  const chosen = MUTATIONS.filter(({ name }) => only === null || name.includes(only));
  const sources = sourcesOf(repository);
  for (const mutation of chosen) placeOf(mutation, sources);
  const bench = createWorkbench(repository);
  try {
    const failing = findFailing(bench, chosen, log);
    return chosen.map((mutation, at) => {
      const seenBy = tryMutation(bench, mutation, { failing, tryAll });
      log(`${at + 1}/${chosen.length} ${mutation.name}: ${seenBy ?? "NOT SEEN"}`);
      return { mutation, seenBy };
    });
  } finally {
    bench.remove();
  }
}

/** Tests that fail anyway prove nothing: they are left out. */
function findFailing(
  { root }: Workbench,
  chosen: readonly Mutation[],
  log: (line: string) => void,
): ReadonlySet<string> {
  const failing = new Set<string>();
  for (const tests of new Set(chosen.flatMap((mutation) => mutation.tests))) {
    const { passed, failed } = runTests(root, tests);
    if (passed) continue;
    failing.add(tests);
    log(`${tests} is left out, it fails before anything is broken: ${failed}`);
  }
  return failing;
}

function tryMutation(
  bench: Workbench,
  mutation: Mutation,
  { failing, tryAll }: { readonly failing: ReadonlySet<string>; readonly tryAll: boolean },
): string | null {
  const restore = bench.apply(mutation);
  try {
    for (const tests of mutation.tests.filter((one) => !failing.has(one))) {
      const result = runTests(bench.root, tests);
      if (!result.passed) return result.failed;
    }
    // Among all tests one that fails anyway would be taken for one that noticed.
    if (!tryAll || failing.size > 0) return null;
    const result = runAllTests(bench.root);
    return result.passed ? null : result.failed;
  } finally {
    restore();
  }
}

/** The table for people, with the count as its last line. */
export function mutationTable(verdicts: readonly Verdict[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const caught = verdicts.filter(({ seenBy }) => seenBy !== null).length;
  return [
    "| broken | guarantee | seen by |",
    "| --- | --- | --- |",
    ...verdicts.map(
      ({ mutation, seenBy }) =>
        `| ${cell(mutation.name)} | ${mutation.breaks} | ${cell(seenBy ?? "**nobody**")} |`,
    ),
    "",
    `${caught} of ${verdicts.length} mutations caught`,
  ].join("\n");
}
