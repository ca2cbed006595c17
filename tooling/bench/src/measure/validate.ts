import { rowsOf } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { dbsync, readAllRows, sqliteCheck } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";

/**
 * Checks the pair in turn with: `dbsync validate`, which is SQLite's integrity check and a digest of every
 * row on both sides; the integrity check alone; and a program that only reads all columns of all rows.
 */
export async function measureValidate(pair: BenchPair, runs: number): Promise<Result[]> {
  return inWorkplace(async ({ stateDir }) => {
    const { a, b, size } = pair;
    const contenders = [
      ["validate", "dbsync validate", dbsync(["validate", a, b], stateDir)],
      ["integrity", "PRAGMA integrity_check of both, alone", sqliteCheck(a, b)],
      ["select", "SELECT of all columns of both, in Node", readAllRows(a, b)],
    ] as const;
    const timings = new Map<string, Timing[]>();
    for (let round = 0; round <= runs; round += 1) {
      for (const [id, , command] of contenders) {
        const timing = await runCommand(command);
        if (round > 0) timings.set(id, [...(timings.get(id) ?? []), timing]);
      }
    }
    const rows = 2 * rowsOf(size);
    return contenders.map(([id, what]) => resultOf(id, what, timings.get(id) ?? [], rows));
  });
}
