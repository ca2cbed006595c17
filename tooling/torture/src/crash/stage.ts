import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { World } from "../run/world.ts";
import type { Acted, VictimOrder } from "./act-out.ts";
import { writeControl } from "./control.ts";
import type { Fate } from "./control.ts";

const VICTIM = fileURLToPath(new URL("victim.js", import.meta.url)).replace("/src/", "/dist/");

/** How a process under the shim ended. */
export interface Victim extends Pick<Acted, "left"> {
  readonly killed: boolean;
  /** Number of the last change before the run began; `null` where it did not get so far. */
  readonly begin: number | null;
  readonly ending: Acted["ending"] | null;
  readonly stderr: string;
}

/** What the process is to do; where, the stage knows. */
export type Order = Omit<VictimOrder, "control" | "files" | "stateDir">;

/** A folder with a pair that can be put back as it was, and processes that are run on it under the shim. */
export interface Stage {
  /** Puts the pair back as it was when the stage was set. */
  reset(): void;
  run(order: Order, fate: Fate): Victim;
  /** A path for a log. */
  readonly log: string;
  /** A path beside the log, for notes. */
  note(name: string): string;
  remove(): void;
}

/** @param shim - path of the compiled shim */
export function setStage(world: Pick<World, "files" | "stateDir" | "folder">, shim: string): Stage {
  const folder = mkdtempSync(`${world.folder}-stage-`);
  const control = join(folder, "control");
  cpSync(world.folder, join(folder, "origin"), { recursive: true });
  return {
    log: join(folder, "log"),
    note: (name) => join(folder, name),
    reset: () => {
      rmSync(world.folder, { recursive: true, force: true });
      cpSync(join(folder, "origin"), world.folder, { recursive: true });
    },
    run: (order, fate) => {
      writeControl(control, world.folder, fate);
      const { files, stateDir } = world;
      const call = JSON.stringify({ ...order, files, stateDir, control } satisfies VictimOrder);
      const options = {
        encoding: "utf8" as const,
        // The shim kills the whole group: the child and what it started, not us. (Missing in the types.)
        detached: true,
        timeout: 120_000,
        env: {
          ...process.env,
          LD_PRELOAD: shim,
          TORTURE_CONTROL: control,
          ...(fate.log === undefined ? {} : { TORTURE_LOG: fate.log }),
        },
      };
      return victimOf(spawnSync(process.execPath, [VICTIM, call], options));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function victimOf(child: ReturnType<typeof spawnSync>): Victim {
  const stdout = String(child.stdout);
  const stderr = String(child.stderr);
  const killed = child.signal === "SIGKILL";
  if (child.status !== 0) return { killed, begin: null, ending: null, left: [], stderr };
  // What victim.ts prints.
  return { killed, ...(JSON.parse(stdout) as Acted), stderr };
}
