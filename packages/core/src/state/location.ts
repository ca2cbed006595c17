import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { SyncError } from "@sync/model";

/** Where one pair's state lives. */
export interface StateLocation {
  /** The pair's folder, 0700. */
  readonly folder: string;
  /** The state itself: base, plan, inbox, ledger. A plain SQLite file. */
  readonly stateFile: string;
  /** A database that is locked exclusively during a run, and holds nothing. */
  readonly lockFile: string;
}

/**
 * The state of the pair of two canonical locations. It does not depend on their order (`B A` is the
 * pair `A B`), nor on the working directory. Nothing is created.
 *
 * @throws SyncError SYNC_STATE_IN_SYNCED_FOLDER where the root lies in a folder that is copied between machines
 */
export function locateState(
  stateRoot: string,
  locationA: string,
  locationB: string,
): StateLocation {
  refuseSyncedFolder(stateRoot);
  const folder = join(stateRoot, stateName(locationA, locationB));
  return { folder, stateFile: join(folder, "state.sqlite"), lockFile: join(folder, "lock.sqlite") };
}

/** How a pair's folder is called. */
export function stateName(locationA: string, locationB: string): string {
  const sorted = [locationA, locationB].toSorted();
  return createHash("sha256").update(sorted.join("\0")).digest("hex").slice(0, 32);
}

/** Makes the pair's folder, for its owner only. */
export function createStateFolder(location: StateLocation): void {
  try {
    mkdirSync(location.folder, { recursive: true, mode: 0o700 });
    chmodSync(location.folder, 0o700);
  } catch (cause) {
    throw new SyncError("SYNC_PERMISSION", `The state folder ${location.folder} cannot be made.`, {
      cause,
      next: "Set SYNC_STATE_DIR to a folder that you may write.",
    });
  }
}

/** What marks a folder that a program copies between machines: files they leave, or the names they give it. */
const SYNC_MARKERS = [
  ".stfolder",
  ".stignore",
  ".dropbox",
  ".dropbox.cache",
  ".owncloudsync.log",
  ".sync_folder",
];
const SYNC_NAMES =
  /^(dropbox|onedrive|icloud drive|com~apple~clouddocs|google drive|nextcloud|syncthing)/i;

/** @throws SyncError SYNC_STATE_IN_SYNCED_FOLDER */
export function refuseSyncedFolder(stateRoot: string): void {
  const copied = copiedFolder(stateRoot);
  if (copied === null) return;
  throw new SyncError(
    "SYNC_STATE_IN_SYNCED_FOLDER",
    `The state folder ${stateRoot} lies in ${copied}, which is copied between machines. What we remember about a pair belongs to one machine.`,
  );
}

/** The folder, this one or one above it, that a program copies between machines; `null` where none does. */
export function copiedFolder(path: string): string | null {
  const isCopied = (folder: string): boolean =>
    SYNC_NAMES.test(parse(folder).base) ||
    SYNC_MARKERS.some((name) => existsSync(join(folder, name)));
  return ancestors(resolve(path)).find(isCopied) ?? null;
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
