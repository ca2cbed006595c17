import { runCommand } from "../process/run-command.ts";
import type { Command, Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";

/** A program that takes part in a comparison. */
export interface Contender {
  readonly id: string;
  readonly what: string;
  readonly command: Command;
  /** What its work is about. */
  readonly rows?: number;
}

/**
 * Runs each program in turn, round by round, so that whatever else the machine does meets all of them. The first
 * round warms the cache and is not timed: there their memory is looked at.
 */
export async function runInTurn(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Result[]> {
  const timings = new Map<Contender, Timing[]>();
  const peaks = new Map<Contender, number | null>();
  for (const contender of contenders) {
    const { peakBytes } = await runCommand(contender.command, { looksAtMemory: true });
    peaks.set(contender, peakBytes);
    timings.set(contender, []);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, list] of timings) {
      const { ms, stdout } = await runCommand(contender.command);
      list.push({ ms, stdout, peakBytes: peaks.get(contender) ?? null });
    }
  }
  return [...timings].map(([{ id, what, rows = null }, list]) => resultOf(id, what, list, rows));
}
