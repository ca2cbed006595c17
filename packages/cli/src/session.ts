import type { DatabaseSynchronizationEngine } from "@sync/core";
import type { Terminal } from "./output/terminal.ts";

/** What every command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  /** A path as the engine shall get it. */
  path(given: string): string;
}

/** Works with an engine and closes it, whatever happens. Loads it here: `--version` needs no SQLite. */
export async function withEngine<Result>(
  use: (engine: DatabaseSynchronizationEngine) => Promise<Result>,
): Promise<Result> {
  const { DatabaseSynchronizationEngine: Engine } = await import("@sync/core");
  const engine = new Engine();
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}
