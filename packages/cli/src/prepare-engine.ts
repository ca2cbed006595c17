import type { DatabaseSynchronizationEngine } from "@sync/core";
import { pathFromUser } from "./paths.ts";

/**
 * Starts what `dbsync diff A B` will need before the command line is parsed for good: starting a thread and a
 * process takes longer than all that this one does until then. Where the guess is wrong (a path comes after an
 * option's value), what was started is not used.
 *
 * @returns `null` for any other command
 */
export async function prepareEngine(
  args: readonly string[],
  surroundings: { cwd(): string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<DatabaseSynchronizationEngine | null> {
  const [command, a, b] = args.filter((arg) => !arg.startsWith("-"));
  const isHelp = args.includes("--help") || args.includes("-h");
  if (command !== "diff" || a === undefined || b === undefined || isHelp) return null;
  const { DatabaseSynchronizationEngine: Engine } = await import("@sync/core");
  const engine = new Engine();
  const path = (given: string): string =>
    pathFromUser(given, { cwd: surroundings.cwd(), env: surroundings.env });
  engine.prepareDiff({ a: path(a), b: path(b) });
  return engine;
}
