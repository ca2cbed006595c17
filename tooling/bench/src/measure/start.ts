import { bareNode, dbsync } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Command, Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";

/** How long until `dbsync` says anything at all, beside Node alone. */
export async function measureStart(runs: number): Promise<Result[]> {
  return inWorkplace(async ({ stateDir }) => {
    const ours = await repeat(runs, dbsync(["--version"], stateDir));
    const node = await repeat(runs, bareNode());
    return [
      resultOf("start", "dbsync --version", ours),
      resultOf("start-node", "node alone", node),
    ];
  });
}

async function repeat(runs: number, command: Command): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (let run = 0; run < runs; run += 1) timings.push(await runCommand(command));
  return timings;
}
