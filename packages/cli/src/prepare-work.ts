import { existsSync } from "node:fs";
import type { Comparer, Workers } from "@sync/core/workers";
import { pathFromUser } from "./paths.ts";

/** What was started for a command line before it was parsed for good. */
export interface PreparedWork {
  readonly workers: Workers;
  /** Only for comparisons. */
  readonly comparer: Comparer | null;
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
  const [command, ...words] = args.filter((arg) => !arg.startsWith("-"));
  const [first, second] = words;
  if (args.includes("--help") || args.includes("-h")) return null;
  switch (command) {
    case "diff":
      return prepareDiff(first, second, surroundings);
    case "sync":
      return prepareSync(words, surroundings);
    case "conflicts":
      return first === "show" || first === "resolve" ? null : prepareThread("conflicts");
    case "ledger":
      return prepareThread("ledger");
    case undefined:
    default:
      return null;
  }
}

/** Reading the pages of a pair leaves up to eighteen files open; a process may have a thousand. */
const MOST_WORDS = 8;

/**
 * The pages of a few pairs are read in this process, which has nothing else to do. There are no more pairs than words, but for
 * none: then it is all of the config.
 */
async function prepareSync(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<PreparedWork> {
  if (words.length === 0 || words.length > MOST_WORDS) return prepareThread("sync");
  const { createWorkers, prepareRun } = await import("@sync/core/workers");
  const workers = createWorkers({ ownsProcess: true });
  const [a, b] = words.map(pathsIn(surroundings));
  if (a !== undefined && b !== undefined && existsSync(a) && existsSync(b))
    prepareRun(workers, { a, b });
  else workers.prepare("sync");
  return { workers, comparer: null, close: () => workers.close() };
}

async function prepareThread(work: "sync" | "conflicts" | "ledger"): Promise<PreparedWork> {
  const { createWorkers } = await import("@sync/core/workers");
  const workers = createWorkers();
  workers.prepare(work);
  return { workers, comparer: null, close: () => workers.close() };
}

async function prepareDiff(
  a: string | undefined,
  b: string | undefined,
  surroundings: Surroundings,
): Promise<PreparedWork> {
  const { createComparer, createWorkers, prepareComparison } = await import("@sync/core/workers");
  const workers = createWorkers({ ownsProcess: true });
  const path = pathsIn(surroundings);
  if (a === undefined || b === undefined) workers.prepare("diff");
  else prepareComparison(workers, { a: path(a), b: path(b) });
  return { workers, comparer: createComparer(workers), close: () => workers.close() };
}

function pathsIn(surroundings: Surroundings): (given: string) => string {
  return (given) => pathFromUser(given, { cwd: surroundings.cwd(), env: surroundings.env });
}
