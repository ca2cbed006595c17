import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Direction } from "@sync/model";
import type { Step } from "../src/engine/steps.ts";
import type { ViewOptions } from "../src/sqlite/projection/view-options.ts";
import type { TestPair } from "./sync-pair.ts";

const CHILD = fileURLToPath(new URL("crash-child.mjs", import.meta.url));

export interface KilledRun {
  readonly killAt: Step;
  readonly policy: "prefer-b" | "sum" | "delete" | "rekey";
  /** `two-way` where it is missing; a mirror may overwrite. */
  readonly direction?: Direction;
  readonly view?: ViewOptions;
  /** All tables where it is missing. */
  readonly tables?: readonly string[];
}

/** A run in a process of its own that is killed at a step. */
export function runKilled({ a, b, stateDir }: TestPair, run: KilledRun): void {
  const call = JSON.stringify({ a, b, stateDir, ...run });
  const child = spawnSync(process.execPath, [CHILD, call], { encoding: "utf8" });
  if (child.signal !== "SIGKILL") throw new Error(`not killed: ${child.stderr}`);
}

/** As if the process had died between the two files' commits: the other side is as it was. */
export function runHalfCommitted(pair: TestPair, run: Omit<KilledRun, "killAt">): void {
  const before = `${pair.b}.before`;
  copyFileSync(pair.b, before);
  runKilled(pair, { ...run, killAt: "committed" });
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${pair.b}${suffix}`, { force: true });
  copyFileSync(before, pair.b);
}
