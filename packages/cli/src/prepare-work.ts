import type { DatabaseSynchronizationEngine } from "@sync/core";
import type { Workers } from "@sync/core/workers";
import { pathFromUser } from "./paths.ts";

/** What was started for a command line before it was parsed for good. */
export interface PreparedWork {
  readonly workers: Workers;
  /** Only for comparisons: reads pages already, where the files are large. */
  readonly engine: DatabaseSynchronizationEngine | null;
  /** Idempotent. */
  close(): Promise<void>;
}

interface Surroundings {
  cwd(): string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts what a command will need before the command line is parsed for good: starting a thread, and a process,
 * takes longer than all that this thread does until then. Where the guess is wrong (a path comes after an
 * option's value), what was started is not used.
 *
 * @returns `null` for commands that need none
 */
export async function prepareWork(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<PreparedWork | null> {
  const [command, first, second] = args.filter((arg) => !arg.startsWith("-"));
  if (args.includes("--help") || args.includes("-h")) return null;
  switch (command) {
    case "diff":
      return prepareDiff(first, second, surroundings);
    case "sync":
      return prepareThread("sync");
    case "conflicts":
      return first === "show" || first === "resolve" ? null : prepareThread("conflicts");
    case "ledger":
      return prepareThread("ledger");
    case undefined:
    default:
      return null;
  }
}

async function prepareThread(work: "sync" | "conflicts" | "ledger"): Promise<PreparedWork> {
  const { createWorkers } = await import("@sync/core/workers");
  const workers = createWorkers();
  workers.prepare(work);
  return { workers, engine: null, close: () => workers.close() };
}

async function prepareDiff(
  a: string | undefined,
  b: string | undefined,
  surroundings: Surroundings,
): Promise<PreparedWork> {
  const { createWorkers } = await import("@sync/core/workers");
  const workers = createWorkers();
  workers.prepare("diff");
  if (a === undefined || b === undefined) {
    return { workers, engine: null, close: () => workers.close() };
  }
  const { DatabaseSynchronizationEngine: Engine } = await import("@sync/core");
  const engine = new Engine({ workers });
  const path = (given: string): string =>
    pathFromUser(given, { cwd: surroundings.cwd(), env: surroundings.env });
  engine.prepareDiff({ a: path(a), b: path(b) });
  return {
    workers,
    engine,
    close: async () => {
      await engine.close();
      await workers.close();
    },
  };
}
