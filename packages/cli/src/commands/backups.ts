import type { Outcome } from "../exit-codes.ts";
import { backupsText } from "../output/backup-text.ts";
import { jsonText } from "../output/json.ts";
import { createProgressReporter } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** `dbsync backups [DB]`: one that is not what was written is a finding. */
export async function backups(
  session: Session,
  database: string | null,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const progress = createProgressReporter("auto", session.terminal);
  try {
    const lists = await withManager(session, async (manager) =>
      manager.backups(database, { signal: session.signal, onProgress: progress.onProgress }),
    );
    progress.stop();
    const document = { schemaVersion: 1, command: "backups", databases: lists };
    await session.terminal.print(
      json === true ? jsonText(document, 2) : backupsText(lists, database, session.terminal),
    );
    // What a restore replaced was damaged, or it would not have been replaced.
    const isWrong = lists.some((list) =>
      list.backups.some(
        ({ manifest, problems }) => problems.length > 0 && manifest?.kind !== "replaced",
      ),
    );
    return isWrong ? "findings" : "clean";
  } finally {
    progress.stop();
  }
}
