import type { DatabaseSynchronizationEngine } from "@sync/core";
import type { Terminal } from "./output/terminal.ts";

/** What every command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  /** An engine that is warming up for this command line. */
  readonly prepared: DatabaseSynchronizationEngine | null;
  /** A path as the engine shall get it. */
  path(given: string): string;
}

/** Works with an engine and closes it, whatever happens. Loads it here: `--version` needs no SQLite. */
export async function withEngine<Result>(
  use: (engine: DatabaseSynchronizationEngine) => Promise<Result>,
  prepared: DatabaseSynchronizationEngine | null = null,
): Promise<Result> {
  const engine = prepared ?? (await createEngine());
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

async function createEngine(): Promise<DatabaseSynchronizationEngine> {
  const { DatabaseSynchronizationEngine: Engine } = await import("@sync/core");
  return new Engine();
}
