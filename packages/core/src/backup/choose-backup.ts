import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { SyncError } from "@sync/model";
import { canonicalPath, findDatabase } from "../sqlite/files.ts";
import { filesAt, filesNamed, folderOf, namesIn } from "./backup-folder.ts";
import { describeDatabase } from "./describe-database.ts";
import { inspectBackup } from "./find-backups.ts";
import type { Manifest } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import type { BackupHooks, BackupRoot, FoundBackup, RestoreFrom } from "./options.ts";

/** A backup that was looked through and may be put back. */
export interface ChosenBackup {
  readonly path: string;
  /** `null`: any database; nobody wrote down what it should hold. */
  readonly manifest: Manifest | null;
  readonly notices: readonly string[];
}

/**
 * Finds the backup to put back and looks it through: size and SHA-256 as written, and SQLite's integrity
 * check. Nothing is chosen in place of one that is damaged: which of the older ones is a person's choice.
 *
 * @throws SyncError SYNC_DB_MISSING where there is none; SYNC_CORRUPT where it is damaged;
 *   SYNC_SAME_FILE, SYNC_NOT_A_DATABASE
 */
export async function chooseBackup(
  {
    root,
    from,
    target,
  }: { readonly root: BackupRoot; readonly from: RestoreFrom; readonly target: string },
  hooks: BackupHooks,
): Promise<ChosenBackup> {
  const folder = folderOf(root, target);
  const chosen =
    from.type === "latest"
      ? await newest(folder, target, hooks)
      : await fileGiven(from.path, { folder, target }, hooks);
  hooks.onProgress({ phase: "verify", table: chosen.path, done: 0, total: 0 });
  const { problems } = describeDatabase(chosen.path, chosen.path);
  if (problems.length > 0) throw await damaged({ ...chosen, problems }, folder, hooks);
  return chosen;
}

/** The newest that somebody took to go back to: not what an earlier restore replaced. */
async function newest(folder: string, target: string, hooks: BackupHooks): Promise<ChosenBackup> {
  const name = namesIn(folder).find((one) => {
    const manifest = readManifest(filesNamed(folder, one).manifest);
    return manifest !== null && manifest.kind !== "replaced";
  });
  if (name === undefined) {
    throw new SyncError("SYNC_DB_MISSING", `There is no backup of ${target} in ${folder}.`, {
      next: "`dbsync backups` lists what there is; --from FILE puts another file back.",
    });
  }
  const found = await inspectBackup(filesNamed(folder, name), hooks);
  if (found.problems.length > 0) throw await damaged(found, folder, hooks);
  return { path: found.path, manifest: found.manifest, notices: [] };
}

async function fileGiven(
  given: string,
  { folder, target }: { readonly folder: string; readonly target: string },
  hooks: BackupHooks,
): Promise<ChosenBackup> {
  const inFolder = filesNamed(folder, basename(given)).database;
  const path = !existsSync(given) && existsSync(inFolder) ? inFolder : canonicalPath(given);
  findDatabase(path, { write: false });
  if (isSameFile(path, target)) {
    throw new SyncError("SYNC_SAME_FILE", `${given} is the database itself.`, {
      next: "Name a backup of it: `dbsync backups` lists them.",
    });
  }
  const files = filesAt(path);
  const manifest = files === null ? null : readManifest(files.manifest);
  if (files === null || manifest === null) {
    return { path, manifest: null, notices: [WITHOUT_MANIFEST] };
  }
  const found = await inspectBackup(files, hooks);
  if (found.problems.length > 0) throw await damaged(found, folder, hooks);
  const notices = manifest.source === target ? [] : [`It is a backup of ${manifest.source}.`];
  return { path, manifest, notices };
}

const WITHOUT_MANIFEST =
  "The file has no manifest of ours: it is sound, but nobody wrote down what it should hold.";

function isSameFile(path: string, target: string): boolean {
  const [one, other] = [path, target].map((file) =>
    statSync(file, { bigint: true, throwIfNoEntry: false }),
  );
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

async function damaged(
  { path, problems }: Pick<FoundBackup, "path" | "problems">,
  folder: string,
  hooks: BackupHooks,
): Promise<SyncError> {
  const sound = await newestSound(folder, path, hooks);
  return new SyncError("SYNC_CORRUPT", `The backup ${path} is damaged: ${problems[0] ?? ""}.`, {
    details: { path, problems },
    next:
      sound === null
        ? "No other backup of this database is sound. `dbsync backups` lists them all."
        : `Nothing was changed. The newest one that is sound: --from ${sound}`,
  });
}

async function newestSound(
  folder: string,
  besides: string,
  hooks: BackupHooks,
): Promise<string | null> {
  for (const name of namesIn(folder)) {
    const files = filesNamed(folder, name);
    if (files.database === besides || readManifest(files.manifest)?.kind === "replaced") continue;
    const found = await inspectBackup(files, hooks);
    if (found.problems.length === 0) return found.path;
  }
  return null;
}
