import type { SyncManager } from "@sync/manager";
import type { LoadedConfig, Settings } from "@sync/manager/config";
import type { Terminal } from "./output/terminal.ts";
import type { PreparedWork } from "./prepare-work.ts";

/** What every command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  /** What is warming up for this command line. */
  readonly prepared: PreparedWork | null;
  /** A path as the engine shall get it. */
  path(given: string): string;
  /** What configs and the environment say; read once. */
  config(): Promise<LoadedConfig>;
}

/**
 * Works with a manager and closes it, whatever happens. Loads it here: `--version` needs no SQLite.
 *
 * @param changed - settings that go before those of the config
 */
export async function withManager<Result>(
  session: Session,
  use: (manager: SyncManager) => Promise<Result>,
  changed: Partial<Settings> = {},
): Promise<Result> {
  const [{ SyncManager: Manager }, config] = await Promise.all([
    import("@sync/manager"),
    session.config(),
  ]);
  const manager = new Manager({
    config: { ...config, settings: { ...config.settings, ...changed } },
    ...(session.prepared === null ? {} : { workers: session.prepared.workers }),
    warn: (message) => session.terminal.tell(`dbsync: ${message}`),
  });
  try {
    return await use(manager);
  } finally {
    await manager.close();
  }
}
