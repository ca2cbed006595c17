import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { watch } from "chokidar";
import type { FSWatcher } from "chokidar";
import { placeOf } from "./file-signs.ts";

/** Hears of writes to databases. Hints only: file systems forget, and networks never tell. */
export interface FolderWatch {
  /** Finds folders that came, went or were replaced since, and listens where it must now. */
  readonly refresh: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Which folder it listens to; another one may come to stand at its path. */
  readonly identity: string;
}

/**
 * Listens to the folders of databases, one listener for each folder whatever it holds: a file that is
 * replaced by rename, deleted or made anew needs no listener of its own.
 *
 * @param onChange - called with the database, as it was given, whose file or journal was heard of
 */
export function watchFolders(
  databases: readonly string[],
  onChange: (database: string) => void,
): FolderWatch {
  const watched = new Map<string, Watched>();
  let owners = new Map<string, readonly string[]>();
  let refreshing: Promise<void> | null = null;
  let isClosed = false;

  const hear = (folder: string, name: string | null): void => {
    for (const file of name === null ? [...owners.keys()] : [resolve(folder, databaseOf(name))]) {
      if (name === null && dirname(file) !== folder) continue;
      for (const database of owners.get(file) ?? []) onChange(database);
    }
    // A folder that goes tells its own name.
    if (name === basename(folder)) void refresh();
  };
  const listen = async (folder: string, identity: string): Promise<void> => {
    const watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      // Its own picture of the files is not needed: signs are compared, and only when one is heard of.
      ignored: (path) => resolve(path) !== folder,
    });
    watched.set(folder, { watcher, identity });
    watcher.on("raw", (_event, path: string | null) => hear(folder, nameIn(path)));
    // Out of watches, or gone: the poll goes on.
    watcher.on("error", () => undefined);
    await new Promise<void>((ready) => void watcher.once("ready", () => ready()));
  };
  const adjust = async (): Promise<void> => {
    owners = await ownersOf(databases);
    const wanted = new Set([...owners.keys()].map((file) => dirname(file)));
    for (const [folder, { watcher, identity }] of watched) {
      if (wanted.has(folder) && (await identityOf(folder)) === identity) continue;
      watched.delete(folder);
      await watcher.close();
    }
    for (const folder of wanted) {
      if (watched.has(folder) || isClosed) continue;
      const identity = await identityOf(folder);
      if (identity === null) continue;
      await listen(folder, identity);
      // What happened before it listened was not heard.
      for (const file of owners.keys()) {
        if (dirname(file) === folder) hear(folder, basename(file));
      }
    }
  };
  const refresh = async (): Promise<void> => {
    if (isClosed) return;
    refreshing ??= adjust().finally(() => {
      refreshing = null;
    });
    await refreshing;
  };
  return {
    refresh,
    close: async () => {
      isClosed = true;
      await refreshing;
      await Promise.all([...watched.values()].map(async ({ watcher }) => watcher.close()));
      watched.clear();
    },
  };
}

/** Which databases a file belongs to: itself, and every link that leads to it. */
async function ownersOf(databases: readonly string[]): Promise<Map<string, readonly string[]>> {
  const owners = new Map<string, readonly string[]>();
  for (const database of databases) {
    for (const file of new Set([resolve(database), await placeOf(database)])) {
      owners.set(file, [...(owners.get(file) ?? []), database]);
    }
  }
  return owners;
}

async function identityOf(folder: string): Promise<string | null> {
  try {
    const { dev, ino, birthtimeNs } = await stat(folder, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return null;
  }
}

function nameIn(path: string | null): string | null {
  return path === null ? null : basename(path);
}

/** `shop.db-wal` belongs to `shop.db`. What belongs to nobody, `-shm` with it, is nobody's. */
function databaseOf(name: string): string {
  return name.replace(/-(?:wal|journal)$/, "");
}
