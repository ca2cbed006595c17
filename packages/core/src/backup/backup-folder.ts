import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { SyncError } from "@sync/model";
import { toSyncError } from "../sqlite/errors.ts";
import { canonicalPath } from "../sqlite/files.ts";
import { copiedFolder } from "../state/location.ts";
import type { BackupRoot } from "./options.ts";

/** `20260102T100500123Z`, and `-2` for a second one in the same millisecond. */
const NAME = /^\d{8}T\d{9}Z(?:-\d+)?$/;

/** One backup's files: the database, and what is known about it. */
export interface BackupFiles {
  readonly name: string;
  readonly database: string;
  readonly manifest: string;
  /** While it is being written; never counts. */
  readonly draft: string;
}

/**
 * The folder of one database's backups: a name that a person knows, and a hash of the path, so that two
 * databases of one name never mix.
 */
export function folderOf(root: BackupRoot, database: string): string {
  const hash = createHash("sha256").update(database).digest("hex").slice(0, 12);
  const readable = basename(database)
    .replaceAll(/[^\p{L}\p{N}._-]/gu, "_")
    .slice(0, 60);
  return join(canonicalPath(root.path), `${readable}-${hash}`);
}

/** The folders of all databases that have backups in a root. */
export function foldersIn(root: BackupRoot): string[] {
  const path = canonicalPath(root.path);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /-[0-9a-f]{12}$/.test(entry.name))
    .map(({ name }) => join(path, name))
    .toSorted();
}

export function filesNamed(folder: string, name: string): BackupFiles {
  return {
    name,
    database: join(folder, `${name}.sqlite`),
    manifest: join(folder, `${name}.json`),
    draft: join(folder, `${name}.part`),
  };
}

/** A name that is free, and sorts after all earlier ones. */
export function freeName(folder: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "");
  const isFree = (name: string): boolean =>
    ["sqlite", "json", "part"].every((ending) => !existsSync(join(folder, `${name}.${ending}`)));
  for (let nth = 1; ; nth++) {
    const name = nth === 1 ? stamp : `${stamp}-${nth}`;
    if (isFree(name)) return name;
  }
}

/** Names of all backups in a folder, complete or not, the newest first. */
export function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".sqlite"))
    .map((file) => file.slice(0, -".sqlite".length))
    .filter((name) => NAME.test(name));
  return names.toSorted((one, other) => (order(one) < order(other) ? 1 : -1));
}

/** Of a backup's path: its files, where it lies among backups of ours by its name. */
export function filesAt(path: string): BackupFiles | null {
  const name = basename(path, ".sqlite");
  return NAME.test(name) && path.endsWith(".sqlite") ? filesNamed(dirname(path), name) : null;
}

function order(name: string): string {
  const [stamp = "", nth = "1"] = name.split("-");
  return `${stamp} ${nth.padStart(9, "0")}`;
}

/**
 * Makes the folder of a database's backups, after looking whether the root is a place for them.
 *
 * @throws SyncError SYNC_USAGE for a root that is missing, no folder, or the database's own folder;
 *   SYNC_PERMISSION, SYNC_DISK_FULL
 */
export function prepareFolder(root: BackupRoot, database: string): string {
  const path = canonicalPath(root.path);
  if (root.isChosen) refuseRoot(root, path, database);
  else refuseDefault(path);
  const folder = folderOf(root, database);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw toSyncError(error, `The folder of backups ${folder}`);
  }
  if (!lstatSync(folder).isDirectory()) {
    throw unfit(`${folder} is a link. Backups are not written through links.`, "Take it away.");
  }
  return folder;
}

function refuseRoot({ path: given }: BackupRoot, path: string, database: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw unfit(
      `There is no folder ${given} for backups.`,
      `Make it (mkdir -p), or connect the disk that it is on.`,
    );
  }
  if (!stats.isDirectory()) throw unfit(`${given}, where backups shall go, is not a folder.`);
  const own = dirname(database);
  if (!isWithin(path, own) || statSync(own).dev !== stats.dev) return;
  throw unfit(
    `The backup folder ${given} lies in the database's own folder ${own}: whoever loses one loses both.`,
  );
}

/** A folder that is copied between machines is not one where we put things unasked. */
function refuseDefault(path: string): void {
  const copied = copiedFolder(path);
  if (copied === null) return;
  throw unfit(`Backups would go to ${path}, in ${copied}, which is copied between machines.`);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
}

function unfit(
  message: string,
  next = "Set SYNC_BACKUP_ROOT to another folder, best on another disk.",
): SyncError {
  return new SyncError("SYNC_USAGE", message, { next });
}
