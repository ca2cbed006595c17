import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import { sha256Of } from "../sqlite/durable-file.ts";
import { canonicalPath } from "../sqlite/files.ts";
import { filesNamed, folderOf, foldersIn, namesIn } from "./backup-folder.ts";
import type { BackupFiles } from "./backup-folder.ts";
import { readManifest } from "./manifest.ts";
import type { BackupHooks, BackupList, BackupRoot, FoundBackup } from "./options.ts";

/** The backups of one database, or of all that a root has, each looked at. Writes nothing. */
export async function findBackups(
  root: BackupRoot,
  database: string | null,
  hooks: BackupHooks,
): Promise<BackupList[]> {
  const folders = database === null ? foldersIn(root) : [folderOf(root, canonicalPath(database))];
  const lists: BackupList[] = [];
  for (const folder of folders) {
    const backups: FoundBackup[] = [];
    for (const name of namesIn(folder)) {
      hooks.throwIfCancelled();
      backups.push(await inspectBackup(filesNamed(folder, name), hooks));
    }
    const known = backups.find(({ manifest }) => manifest !== null)?.manifest?.source;
    lists.push({ database: database ?? known ?? basename(folder), folder, backups });
  }
  return lists;
}

/**
 * Looks whether a backup is still just what was written: its size and its SHA-256 are those of the
 * manifest, it is of the database whose folder it lies in, and it was sound then.
 */
export async function inspectBackup(files: BackupFiles, hooks: BackupHooks): Promise<FoundBackup> {
  const manifest = readManifest(files.manifest);
  const path = files.database;
  if (manifest === null) {
    return {
      path,
      manifest,
      problems: ["it has no manifest, so that it was never finished or is none of ours"],
    };
  }
  const problems = manifest.problems.map(
    (problem) => `it was damaged when it was taken: ${problem}`,
  );
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return { path, manifest, problems: ["it is a link, or not there"] };
  if (
    basename(folderOf({ path: dirname(dirname(path)), isChosen: true }, manifest.source)) !==
    basename(dirname(path))
  ) {
    problems.push(`its manifest names another database, ${manifest.source}`);
  }
  if (stats.size !== manifest.bytes) {
    problems.push(`it has ${stats.size} bytes, and had ${manifest.bytes} when it was taken`);
    return { path, manifest, problems };
  }
  const found = await sha256Of(path, (done) => {
    hooks.throwIfCancelled();
    hooks.onProgress({ phase: "verify", table: basename(path), done, total: stats.size });
  });
  if (found !== manifest.sha256) problems.push("its SHA-256 is not the one it was written with");
  return { path, manifest, problems };
}
