import type { Outcome } from "../exit-codes.ts";
import { backupText } from "../output/backup-text.ts";
import { jsonText } from "../output/json.ts";
import { createProgressReporter } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** `dbsync backup DB`: a copy of a damaged database is kept, and is a finding. */
export async function backup(
  session: Session,
  database: string,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const progress = createProgressReporter("auto", session.terminal);
  try {
    const { report, isDefaultRoot } = await withManager(session, async (manager) => ({
      report: await manager.backup(database, {
        signal: session.signal,
        onProgress: progress.onProgress,
      }),
      isDefaultRoot: manager.settings.backup.root === null,
    }));
    progress.stop();
    const text =
      json === true
        ? jsonText({ ...report, database }, 2)
        : backupText(report, { database, isDefaultRoot }, session.terminal);
    await session.terminal.print(text);
    return report.manifest.problems.length === 0 ? "clean" : "findings";
  } finally {
    progress.stop();
  }
}
