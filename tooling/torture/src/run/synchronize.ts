import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DatabaseSynchronizationEngine } from "@sync/core";
import type { Policy, SyncReport } from "@sync/model";
import { isSyncError } from "@sync/model";
import { POLICIES } from "../policies.ts";
import type { SyncStep } from "../scenario.ts";
import type { World } from "./world.ts";

/** The files of a pair. */
export interface Place extends Pick<World, "files" | "stateDir"> {
  /** How long a run waits for others' locks; the product's own without it. */
  readonly busyTimeoutMs?: number;
}

const DAY_MS = 86_400_000;

/**
 * The product's idea of now; times in generated rows lie well before it or far beyond. Runs by the command
 * go by the machine's clock, and forget what a run of months before has noted: so it is today.
 */
export const NOW_MS: number = Math.floor(Date.now() / DAY_MS) * DAY_MS;

const CLI = fileURLToPath(import.meta.resolve("@sync/cli/package.json")).replace(
  /package\.json$/,
  "dist/main.js",
);

/** How a run ended. */
export type Ending =
  | {
      readonly type: "done";
      readonly report: SyncReport;
      /** Conflicts put to the policy, by table; `null` where nobody listened. */
      readonly asked: ReadonlyMap<string, number> | null;
    }
  /** Something stopped it; `code` is `SYNC_…`. */
  | { readonly type: "stopped"; readonly code: string; readonly message: string };

/** Runs the product once on a world. */
export async function synchronize(
  world: Place,
  step: SyncStep,
  tables: readonly string[] | null,
): Promise<Ending> {
  if (step.through === "cli") return synchronizeByCommand(world, step, tables);
  const asked = new Map<string, number>();
  const engine = new DatabaseSynchronizationEngine({
    worker: false,
    stateDir: world.stateDir,
    now: () => NOW_MS,
    ...(world.busyTimeoutMs === undefined ? {} : { busyTimeoutMs: world.busyTimeoutMs }),
  });
  try {
    const report = await engine.sync(pairOf(world, step), {
      policy: counting(POLICIES[step.policy].product(), asked),
      dryRun: step.dryRun === true,
      maxDeletePercent: step.maxDelete ?? 100,
      ...(step.lineage === undefined ? {} : { lineage: step.lineage }),
      ...(step.scan === undefined ? {} : { scan: step.scan }),
      ...(tables === null ? {} : { tables }),
    });
    return { type: "done", report, asked };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return { type: "stopped", code: error.code, message: error.message };
  } finally {
    await engine.close();
  }
}

function pairOf(
  { files }: Place,
  { swapped }: SyncStep,
): { readonly a: string; readonly b: string } {
  return swapped === true ? { a: files.b, b: files.a } : files;
}

/** The policy, with a note of each conflict it is asked about. */
function counting(policy: Policy, asked: Map<string, number>): Policy {
  return {
    ...policy,
    decide: (conflict, context) => {
      asked.set(conflict.table, (asked.get(conflict.table) ?? 0) + 1);
      return policy.decide(conflict, context);
    },
  };
}

/** As a user does it. */
function synchronizeByCommand(
  world: Place,
  step: SyncStep,
  tables: readonly string[] | null,
): Ending {
  const { a, b } = pairOf(world, step);
  const flags = [
    `--policy=${step.policy}`,
    `--max-delete=${step.maxDelete ?? 100}`,
    ...(step.lineage === undefined ? [] : [`--lineage=${step.lineage}`]),
    ...(step.dryRun === true ? ["--dry-run"] : []),
    ...(step.scan === undefined ? [] : [`--scan=${step.scan}`]),
    ...(tables ?? []).flatMap((name) => ["--table", name]),
  ];
  const child = spawnSync(process.execPath, [CLI, "sync", ...flags, "--json", "--", a, b], {
    encoding: "utf8",
    env: { ...process.env, SYNC_STATE_DIR: world.stateDir },
  });
  return endingOf(child.stdout, child.status, child.stderr);
}

function endingOf(stdout: string, status: number | null, stderr: string): Ending {
  try {
    // What `dbsync sync --json` prints is its documented contract.
    const document = JSON.parse(stdout) as
      | SyncReport
      | { error: { code: string; message: string } };
    if ("error" in document) return { type: "stopped", ...document.error };
    const wanted = document.conflicts.parked > 0 ? 1 : 0;
    if (status === wanted) return { type: "done", report: document, asked: null };
    return { type: "stopped", code: "WRONG_EXIT_CODE", message: `${status} instead of ${wanted}` };
  } catch {
    return { type: "stopped", code: "NO_JSON", message: `exit code ${status}: ${stdout}${stderr}` };
  }
}
