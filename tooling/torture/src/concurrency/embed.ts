import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { orderOf } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { judgeCrash } from "../crash/judge-crash.ts";
import { READING_CALLS } from "../fuzz/question.ts";
import type { HostAnswer, HostOrder } from "./host.ts";
import type { Interfered } from "./interfere.ts";

const HOST = fileURLToPath(new URL("host.js", import.meta.url)).replace("/src/", "/dist/");
const PATIENCE_MS = 120_000;

/** What a call may end with where the application itself holds a lock. */
const FIT: ReadonlySet<string> = new Set(["done", "SYNC_LOCKED"]);

/**
 * Lets an application that has the product embedded call everything while it has transactions of its own
 * open on the same files. No lock of its may be lost: POSIX locks belong to the process, and whoever closes
 * a descriptor of a file drops all of them (SQLITE_NOTES 1). Afterwards the next run finishes the work.
 */
export async function embed(
  prepared: Interruptible,
  { held, worker }: Pick<HostOrder, "held" | "worker">,
): Promise<Interfered> {
  const { stage, world, step } = prepared;
  stage.reset();
  const { edits, setup } = orderOf(prepared);
  const { files, stateDir } = world;
  const calls = [...READING_CALLS, "sync", "sync by pages"] as const;
  const order: HostOrder = {
    files,
    stateDir,
    edits,
    setup,
    policy: step.policy,
    held,
    calls,
    worker,
  };
  const child = spawnSync(process.execPath, [HOST, JSON.stringify(order)], {
    encoding: "utf8",
    timeout: PATIENCE_MS,
  });
  if (child.status !== 0) {
    return { problems: [`the application died or hung: ${child.stderr}`], seen: [] };
  }
  // What host.ts prints.
  const { endings, lost } = JSON.parse(child.stdout) as HostAnswer;
  const unfit = endings.filter((ending) => !FIT.has(ending.split(": ")[1] ?? ""));
  const problems = [...lost, ...unfit];
  return {
    problems: problems.length > 0 ? problems : await judgeCrash(prepared),
    seen: [`holds ${held.a} and ${held.b}`, ...endings],
  };
}
