import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";

/** Two databases that `dbsync watch` keeps in step, as a process that can be killed. */
export interface WatchedPair {
  readonly folder: string;
  readonly stateDir: string;
  readonly paths: Readonly<Record<SideName, string>>;
  /** Starts a watcher where none runs; resolves when it watches, or ended. */
  start(): Promise<void>;
  /** Ends it without a warning. */
  kill(): Promise<void>;
  /** All that watchers said. */
  said(): string;
  remove(): Promise<void>;
}

export type SideName = "a" | "b";

/** What users and watchers run as; root is not kept out by permissions, so its watcher is somebody else. */
const NOBODY = 65_534;
export const WATCHER_UID: number | null = process.getuid?.() === 0 ? NOBODY : null;

const SCHEMA = `
  CREATE TABLE rows (id TEXT PRIMARY KEY NOT NULL, one TEXT, two TEXT, updated_at INTEGER);
  CREATE TABLE lines (body TEXT);`;

/** Both sides empty, in WAL mode. */
export function layOutPair(): WatchedPair {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "torture-live-")));
  const stateDir = join(folder, "state");
  mkdirSync(stateDir);
  mkdirSync(join(folder, "files"));
  const paths = { a: join(folder, "files", "a.db"), b: join(folder, "files", "b.db") };
  for (const path of Object.values(paths)) {
    const db = new Database(path);
    db.pragma("journal_mode = wal");
    db.exec(SCHEMA);
    db.close();
  }
  chmodSync(folder, 0o755);
  for (const path of [stateDir, join(folder, "files"), paths.a, paths.b]) giveToWatcher(path);
  return createWatchedPair({ folder, stateDir, paths });
}

/** What a user who is root makes must still belong to whom it did. */
export function giveToWatcher(path: string): void {
  if (WATCHER_UID !== null) chownSync(path, WATCHER_UID, WATCHER_UID);
}

function createWatchedPair(place: Pick<WatchedPair, "folder" | "stateDir" | "paths">): WatchedPair {
  let running: { readonly kill: () => void; readonly ended: Promise<void> } | null = null;
  let text = "";
  const kill = async (): Promise<void> => {
    running?.kill();
    await running?.ended;
    running = null;
  };
  return {
    ...place,
    said: () => text,
    kill,
    start: async () => {
      if (running !== null) return;
      const child = spawn(
        process.execPath,
        [programPath(), "watch", place.paths.a, place.paths.b],
        {
          cwd: place.folder,
          env: {
            ...process.env,
            SYNC_STATE_DIR: place.stateDir,
            NO_COLOR: "1",
            FORCE_COLOR: undefined,
          },
          ...(WATCHER_UID === null ? {} : { uid: WATCHER_UID, gid: WATCHER_UID }),
        },
      );
      const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
      running = { kill: () => void child.kill("SIGKILL"), ended };
      const watching = new Promise<void>((resolve) => {
        const hear = (chunk: Buffer): void => {
          text += String(chunk);
          if (String(chunk).includes("Watching ")) resolve();
        };
        child.stdout.on("data", hear);
        child.stderr.on("data", hear);
      });
      await Promise.race([watching, ended]);
    },
    remove: async () => {
      await kill();
      rmSync(place.folder, { recursive: true, force: true });
    },
  };
}

function programPath(): string {
  const manifest = createRequire(import.meta.url).resolve("@sync/cli/package.json");
  return join(dirname(manifest), "dist", "main.js");
}
