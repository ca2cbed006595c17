import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where a watcher listens. */
export interface SocketPlace {
  readonly path: string;
  /** Takes away what was made for it. */
  remove(): void;
}

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, with a zero at the end.
const LONGEST_PATH = 103;

/**
 * A place for a socket that only its owner can reach: in the state folder, or in a private folder of
 * the system's temporary one where the state folder's path is too long for a socket. Sockets that
 * killed watchers left there are removed.
 */
export async function makeSocketPlace(stateDir: string): Promise<SocketPlace> {
  const name = `${process.pid}-${randomBytes(2).toString("hex")}`;
  if (process.platform === "win32") {
    return { path: String.raw`\\.\pipe\dbsync-${name}`, remove: () => undefined };
  }
  const folder = join(stateDir, "watchers");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await removeStale(folder);
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) <= LONGEST_PATH) {
    return { path, remove: () => rmSync(path, { force: true }) };
  }
  const shorter = join(mkdtempSync(join(shortTemporary(), "dbsync-")), "s");
  return {
    path: shorter,
    remove: () => rmSync(dirname(shorter), { recursive: true, force: true }),
  };
}

function shortTemporary(): string {
  const given = tmpdir();
  return Buffer.byteLength(given) + "/dbsync-123456/s".length <= LONGEST_PATH ? given : "/tmp";
}

async function removeStale(folder: string): Promise<void> {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".sock"))) {
    const path = join(folder, name);
    if (await isStale(path)) rmSync(path, { force: true });
  }
}

/** Nobody listens: its process is gone. */
async function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
