import { changesOf, rowsOf } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { dbsync, hasSqldiff, sqldiff } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Command, Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";

interface Contender {
  readonly id: string;
  readonly what: string;
  readonly command: Command;
}

/**
 * Compares the pair with each program in turn, round by round, so that whatever else the machine does
 * meets all of them. The first round warms the cache and is not counted.
 *
 * @throws when `dbsync diff` does not find the differences that were made
 */
export async function measureDiff(pair: BenchPair, runs: number): Promise<Result[]> {
  return inWorkplace(async ({ stateDir }) => {
    await assertFindsAll(pair, stateDir);
    const contenders = contendersFor(pair, stateDir);
    const timings = new Map<Contender, Timing[]>(contenders.map((one) => [one, []]));
    for (let round = 0; round <= runs; round += 1) {
      for (const [contender, list] of timings) {
        const timing = await runCommand(contender.command);
        if (round > 0) list.push(timing);
      }
    }
    const rows = rowsOf(pair.size);
    return [...timings].map(([{ id, what }, list]) => resultOf(id, what, list, rows));
  });
}

function contendersFor({ a, b, size }: BenchPair, stateDir: string): Contender[] {
  const suffix = size.name === "large" ? "-large" : "";
  const ours = (id: string, ...flags: string[]): Contender => ({
    id: `${id}${suffix}`,
    what: ["dbsync diff", ...flags].join(" "),
    command: dbsync(["diff", ...flags, a, b], stateDir),
  });
  const theirs = {
    id: `sqldiff${suffix}`,
    what: "sqldiff --primarykey",
    command: sqldiff(a, b),
  };
  const contenders = [ours("diff"), ours("diff-full", "--scan", "full"), ours("diff-sql", "--sql")];
  return hasSqldiff() ? [...contenders, theirs] : contenders;
}

async function assertFindsAll({ a, b, size }: BenchPair, stateDir: string): Promise<void> {
  const { stdout } = await runCommand(dbsync(["diff", "--json", a, b], stateDir));
  // The document that DESIGN §11 promises.
  const report = JSON.parse(stdout) as {
    tables: { onlyInA: number; onlyInB: number; changed: number }[];
  };
  const found = report.tables.reduce(
    (sum, table) => sum + table.onlyInA + table.onlyInB + table.changed,
    0,
  );
  if (found !== changesOf(size)) {
    throw new Error(`dbsync diff found ${found} differences, not ${changesOf(size)}`);
  }
}
