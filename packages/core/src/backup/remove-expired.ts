import { rmSync } from "node:fs";
import { filesNamed, namesIn } from "./backup-folder.ts";
import { inspectBackup } from "./find-backups.ts";
import { readManifest } from "./manifest.ts";
import type { BackupHooks, RetentionLimits } from "./options.ts";
import { expiredBackups } from "./retention.ts";
import type { KeptBackup } from "./retention.ts";

/** Whose backups, and how many stay. */
export interface Expiry {
  readonly source: string;
  readonly limits: RetentionLimits;
  readonly nowMs: number;
}

/**
 * Removes backups that newer ones make unneeded: only complete ones of ours, only of this database, and
 * only after the newest one that is left was looked at and is sound.
 *
 * @returns their paths
 */
export async function removeExpired(folder: string, expiry: Expiry): Promise<string[]> {
  const backups = namesIn(folder).flatMap((name) => keptBackup(folder, name, expiry.source));
  if (expiredBackups(backups, "", expiry).length === 0) return [];
  const good = await newestGood(folder, backups);
  return expiredBackups(backups, good, expiry).map((name) => {
    const files = filesNamed(folder, name);
    // The manifest first: what is half removed does not count.
    rmSync(files.manifest, { force: true });
    for (const suffix of ["", "-wal", "-journal"])
      rmSync(`${files.database}${suffix}`, { force: true });
    return files.database;
  });
}

function keptBackup(folder: string, name: string, source: string): KeptBackup[] {
  const manifest = readManifest(filesNamed(folder, name).manifest);
  if (manifest?.source !== source) return [];
  const { kind, time, problems } = manifest;
  return [{ name, kind, createdMs: Date.parse(time), isSound: problems.length === 0 }];
}

async function newestGood(folder: string, backups: readonly KeptBackup[]): Promise<string | null> {
  for (const { name, isSound } of backups) {
    if (!isSound) continue;
    const { problems } = await inspectBackup(filesNamed(folder, name), SILENT);
    if (problems.length === 0) return name;
  }
  return null;
}

const SILENT: BackupHooks = {
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
  onStep: () => undefined,
};
