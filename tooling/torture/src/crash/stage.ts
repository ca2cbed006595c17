import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { World } from "../run/world.ts";
import type { VictimOrder } from "./victim.ts";

const VICTIM = fileURLToPath(new URL("victim.js", import.meta.url)).replace("/src/", "/dist/");

/** What a process under the shim is to meet. Numbers count the changes to the pair's files. */
export interface Fate {
  /** Where changes are logged. */
  readonly log?: string;
  /** The change before which everything dies, as by `kill -9`; `torn`: in the middle of which. */
  readonly killAt?: number;
  readonly torn?: boolean;
  readonly fail?: Failing;
  readonly meddle?: Meddling;
}

/** A command that is run before a change, and waited for: somebody else does something in between. */
export interface Meddling {
  readonly at: number;
  readonly command: string;
}

/** A system call that fails. */
export interface Failing {
  readonly at: number;
  readonly errno: number;
  /** So do all after it. */
  readonly on: boolean;
  /** A write writes half instead. */
  readonly short: boolean;
}

/** How a process under the shim ended. */
export interface Victim {
  readonly killed: boolean;
  /** Number of the last change before the run began; `null` where it did not get so far. */
  readonly begin: number | null;
  readonly ending: {
    readonly type: string;
    readonly code?: string;
    readonly message?: string;
  } | null;
  readonly stderr: string;
}

/** What the process is to do; where, the stage knows. */
export type Order = Omit<VictimOrder, "counter" | "files" | "stateDir">;

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
  const counter = join(folder, "counter");
  cpSync(world.folder, join(folder, "origin"), { recursive: true });
  return {
    log: join(folder, "log"),
    note: (name) => join(folder, name),
    reset: () => {
      rmSync(world.folder, { recursive: true, force: true });
      cpSync(join(folder, "origin"), world.folder, { recursive: true });
    },
    run: (order, fate) => {
      writeFileSync(counter, Buffer.alloc(8));
      const { files, stateDir } = world;
      const call = JSON.stringify({ ...order, files, stateDir, counter } satisfies VictimOrder);
      const env = { ...process.env, ...environmentOf(world.folder, counter, fate) };
      const options = {
        encoding: "utf8" as const,
        // The shim kills the whole group: the child and what it started, not us. (Missing in the types.)
        detached: true,
        timeout: 120_000,
        env: { ...env, LD_PRELOAD: shim },
      };
      return victimOf(spawnSync(process.execPath, [VICTIM, call], options));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function environmentOf(folder: string, counter: string, fate: Fate): Record<string, string> {
  const { log, killAt, torn, fail, meddle } = fate;
  return {
    TORTURE_FOLDER: folder,
    TORTURE_COUNTER: counter,
    ...(log === undefined ? {} : { TORTURE_LOG: log }),
    ...(killAt === undefined ? {} : { TORTURE_KILL_AT: String(killAt) }),
    ...(torn === true ? { TORTURE_TORN: "1" } : {}),
    ...(meddle === undefined
      ? {}
      : { TORTURE_MEDDLE_AT: String(meddle.at), TORTURE_MEDDLE: meddle.command }),
    ...(fail === undefined
      ? {}
      : {
          TORTURE_FAIL_AT: String(fail.at),
          TORTURE_ERRNO: String(fail.errno),
          TORTURE_FAIL_ON: fail.on ? "1" : "0",
          TORTURE_SHORT: fail.short ? "1" : "0",
        }),
  };
}

function victimOf(child: ReturnType<typeof spawnSync>): Victim {
  const stdout = String(child.stdout);
  const stderr = String(child.stderr);
  const killed = child.signal === "SIGKILL";
  if (child.status !== 0) return { killed, begin: null, ending: null, stderr };
  // What victim.ts prints.
  const said = JSON.parse(stdout) as Pick<Victim, "begin" | "ending">;
  return { killed, ...said, stderr };
}
