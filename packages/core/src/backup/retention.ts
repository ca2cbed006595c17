import type { BackupKind } from "./manifest.ts";
import type { RetentionLimits } from "./options.ts";

/** What the decision is made on: a complete backup of ours. */
export interface KeptBackup {
  readonly name: string;
  readonly kind: BackupKind;
  readonly createdMs: number;
  /** It was sound when it was taken. */
  readonly isSound: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Which backups of one database go. Each kind is counted by itself, so that copies made before every run
 * do not push out those that somebody asked for; so are copies of a damaged database, which say what
 * happened and are no good to go back to.
 *
 * @param backups - the newest first
 * @param good - the name of the newest one that was looked at just now and is sound; it always stays.
 *   `null`: there is none, and nothing goes
 */
export function expiredBackups(
  backups: readonly KeptBackup[],
  good: string | null,
  { limits, nowMs }: { readonly limits: RetentionLimits; readonly nowMs: number },
): string[] {
  if (good === null) return [];
  const { maxCount, maxAgeDays } = limits;
  const counts = new Map<string, number>();
  return backups
    .filter(({ name, kind, isSound, createdMs }) => {
      const group = `${kind} ${isSound}`;
      const nth = (counts.get(group) ?? 0) + 1;
      counts.set(group, nth);
      const isOld = maxAgeDays !== null && nowMs - createdMs > maxAgeDays * DAY_MS;
      return name !== good && (nth > maxCount || isOld);
    })
    .map(({ name }) => name);
}
