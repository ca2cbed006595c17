import { rmSync } from "node:fs";
import { orderOf } from "./crash-scenario.ts";
import type { Interruptible } from "./crash-scenario.ts";
import { Disk } from "./disk.ts";
import { judgeCrash } from "./judge-crash.ts";
import { randomShares } from "./random-shares.ts";

/** How a process ends before a change to a file, or the whole machine does. Changes are numbered from 1. */
export type Blow =
  /** `kill -9`: all that was written is there. Put together from the log. */
  | { readonly type: "kill"; readonly point: number }
  /** The process really dies; `torn`: in the middle of the write. */
  | { readonly type: "real kill"; readonly point: number; readonly torn: boolean }
  /** Of what was not synced, some is there. */
  | {
      readonly type: "power";
      readonly point: number;
      readonly seed: number;
      /** Share of what was not synced that is there for sure. */
      readonly survival: number;
    };

/** @returns what is wrong after the blow and after the next run, in words */
export async function strike(prepared: Interruptible, blow: Blow): Promise<readonly string[]> {
  const { stage, changes, entries, world } = prepared;
  if (blow.type === "real kill") {
    stage.reset();
    const { point, torn } = blow;
    const { killed } = stage.run(orderOf(prepared), { killAt: point, torn });
    return killed ? judgeCrash(prepared) : [];
  }
  const disk = new Disk(entries);
  for (const change of changes.slice(0, blow.point - 1)) disk.apply(change);
  rmSync(world.folder, { recursive: true, force: true });
  if (blow.type === "kill") disk.saveAll();
  else disk.saveDurable({ share: randomShares(blow.seed), survival: blow.survival });
  return judgeCrash(prepared);
}
