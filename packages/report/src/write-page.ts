import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SyncError, isSyncError } from "@sync/model";

/**
 * Writes a page to a file, whole or not at all: it grows beside the file under another name, and takes
 * its place when it is done. An earlier page of that name is replaced.
 *
 * @param file - its name ends in `.html` or `.htm`
 * @param page - what `diffPage` or `runPage` gives
 * @throws SyncError SYNC_USAGE for another name; SYNC_NOT_A_FILE for a folder or a device; SYNC_PERMISSION,
 *   SYNC_DISK_FULL, SYNC_IO; and what making the page throws
 */
export async function writePage(file: string, page: AsyncIterable<string>): Promise<void> {
  const target = await replaceable(file);
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}`);
  try {
    await pipeline(Readable.from(page), createWriteStream(draft, { flags: "wx", flush: true }));
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw toSyncError(error, file);
  }
}

/**
 * Tells whether a page may be written to this file, before the work of making one begins.
 *
 * @throws SyncError as {@link writePage}
 */
export async function checkPageFile(file: string): Promise<void> {
  await replaceable(file);
}

/** The file itself, behind links. */
async function replaceable(file: string): Promise<string> {
  try {
    const target = await realpath(file).catch(absent);
    refuseOtherNames(file, target ?? file);
    // A folder that is not there is told now, not when the page is done.
    if (target === null) return join(await realpath(dirname(file)), basename(file));
    if ((await stat(target)).isFile()) return target;
  } catch (error) {
    throw toSyncError(error, file);
  }
  throw new SyncError("SYNC_NOT_A_FILE", `${file} is not a file.`, {
    next: "Name the file that the page shall be written to.",
  });
}

/**
 * A slip on a command line must not cost somebody's database. Its name tells; to look into the file would
 * not do, because closing it again drops the locks that this process holds on a database.
 */
function refuseOtherNames(file: string, target: string): void {
  if (/\.html?$/i.test(target)) return;
  throw new SyncError("SYNC_USAGE", `${file} is no name for a page.`, {
    next: "Give it a name that ends in .html; a file of any other name is never overwritten.",
  });
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

function toSyncError(error: unknown, file: string): unknown {
  if (isSyncError(error) || !(error instanceof Error)) return error;
  // Errors of the system carry its code.
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return new SyncError("SYNC_USAGE", `The folder of ${file} does not exist.`, {
        cause: error,
        next: "Make the folder, or name another.",
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new SyncError("SYNC_PERMISSION", `${file} may not be written.`, { cause: error });
    case "ENOSPC":
    case "EDQUOT":
      return new SyncError("SYNC_DISK_FULL", `There is no space left for ${file}.`, {
        cause: error,
        next: "Free some space, or name a file elsewhere; no half page was left.",
      });
    case "ENOTDIR":
    case "EISDIR":
      return new SyncError("SYNC_NOT_A_FILE", `${file} cannot be a file.`, { cause: error });
    case undefined:
      return error;
    default:
      return new SyncError("SYNC_IO", `${file} could not be written.`, { cause: error });
  }
}
