import { rmSync } from "node:fs";
import { constants } from "node:os";
import { orderOf } from "./crash-scenario.ts";
import type { Interruptible } from "./crash-scenario.ts";
import { Disk } from "./disk.ts";
import { judgeCrash } from "./judge-crash.ts";
import type { PatientVictims } from "./patient-victims.ts";
import { randomShares } from "./random-shares.ts";

/** How a process ends before a change to a file, or the whole machine does. Changes are numbered from 1. */
export type Blow =
  /** `kill -9`: all that was written is there. Put together from the log. */
  | {
      readonly type: "kill";
      readonly point: number;
      /** The users go on before the next run. */
      readonly editsBetween?: boolean;
    }
  /** The process really dies; `torn`: in the middle of the write. */
  | { readonly type: "real kill"; readonly point: number; readonly torn: boolean }
  /** Of what was not synced, some is there. */
  | {
      readonly type: "power";
      readonly point: number;
      readonly seed: number;
      /** Share of what was not synced that is there for sure. */
      readonly survival: number;
    }
  /** The change fails, and with `on` all after it; `short`: a write writes half instead. */
  | {
      readonly type: "fault";
      readonly point: number;
      readonly error: FaultName;
      readonly on: boolean;
      readonly short: boolean;
    }

  /** From the moment at which the run begins the process gets no more memory than so much. */
  | { readonly type: "memory"; readonly point: number; readonly moreKiB: number };

/** What a file system says no with. A new one is a line here. */
export const FAULTS = ["ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT"] as const;
export type FaultName = (typeof FAULTS)[number];

/** How a run may end where a file could not be changed. Anything else is no answer to that. */
const FIT_CODES: ReadonlySet<string> = new Set([
  "SYNC_DISK_FULL",
  "SYNC_IO",
  "SYNC_PERMISSION",
  "SYNC_LOCKED",
  "SYNC_PAIR_BUSY",
]);

/**
 * @param victims - take the blows that do not kill; without them each has a process of its own
 * @returns what is wrong after the blow and after the next run, in words
 */
export async function strike(
  prepared: Interruptible,
  blow: Blow,
  victims: PatientVictims | null = null,
): Promise<readonly string[]> {
  const { stage, changes, entries, world } = prepared;
  if (blow.type === "real kill") {
    stage.reset();
    const { point, torn } = blow;
    const { killed } = stage.run(orderOf(prepared), { killAt: point, torn });
    return killed ? judgeCrash(prepared) : [];
  }
  if (blow.type === "fault") return starve(prepared, blow, victims);
  if (blow.type === "memory") return cramp(prepared, blow.moreKiB);
  const disk = new Disk(entries);
  for (const change of changes.slice(0, blow.point - 1)) disk.apply(change);
  rmSync(world.folder, { recursive: true, force: true });
  if (blow.type === "kill") {
    disk.saveAll();
    return judgeCrash(prepared, blow.editsBetween);
  }
  disk.saveDurable({ share: randomShares(blow.seed), survival: blow.survival });
  return judgeCrash(prepared);
}

/** A run that meets a fault says which, or is not hindered by it; either way the next run finishes its work. */
async function starve(
  prepared: Interruptible,
  { point, error, on, short }: Extract<Blow, { type: "fault" }>,
  victims: PatientVictims | null,
): Promise<readonly string[]> {
  const { stage, world } = prepared;
  stage.reset();
  const fate = { fail: { at: point, errno: constants.errno[error], on, short } };
  const { begin, ending, left, stderr } =
    victims === null
      ? stage.run(orderOf(prepared), fate)
      : await victims.run(world, orderOf(prepared), fate);
  if (begin === null || ending === null) return [`the process died without an answer: ${stderr}`];
  if (ending.type === "stopped" && !FIT_CODES.has(ending.code)) {
    return [`the run said ${ending.code}: ${ending.message}`];
  }
  if (left.length > 0) return [`the run left open: ${left.join(", ")}`];
  return judgeCrash(prepared);
}

/** A run without memory may die, as any program does; it says so or is done where it does not, and harms nothing. */
async function cramp(prepared: Interruptible, moreKiB: number): Promise<readonly string[]> {
  const { stage } = prepared;
  stage.reset();
  const { ending } = stage.run({ ...orderOf(prepared), memoryKiB: moreKiB }, {});
  const isClear =
    ending?.type !== "stopped" ||
    FIT_CODES.has(ending.code) ||
    ending.message.includes("not enough memory");
  if (!isClear) return [`the run said ${ending.code}: ${ending.message}`];
  return judgeCrash(prepared);
}
