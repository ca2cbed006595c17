import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Syncs a file or folder of ours to the disk. Never for a database that a connection of this process has open. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives a file of ours its final name, so that a power loss leaves the old or the new one under it. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncPath(dirname(to));
}

/** Writes a small file of ours as a whole or not at all. For its owner only. */
export function writeDurably(path: string, text: string): void {
  const draft = `${path}.part`;
  try {
    const file = openSync(draft, "w", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameDurably(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * SHA-256 of a file of ours, in hexadecimal. Closing it would drop the locks of a connection that this
 * process has to it (SQLITE_NOTES 1): never for a live database.
 *
 * @param onBytes - hears how many bytes were read so far; what it throws ends the reading
 */
export async function sha256Of(path: string, onBytes: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    // A stream without an encoding gives buffers.
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
    onBytes(bytes);
  }
  return hash.digest("hex");
}
