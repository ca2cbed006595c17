import type { RestoreFrom, RestoreReport } from "@sync/core";
import type { SyncManager } from "@sync/manager";
import { SyncError, pathForShell } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { restoreText } from "../output/backup-text.ts";
import { jsonText } from "../output/json.ts";
import { timeText } from "../output/time-text.ts";
import { createProgressReporter } from "../progress.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface RestoreCommandOptions {
  readonly latest?: true;
  readonly from?: string;
  readonly yes?: true;
  readonly json?: true;
}

/**
 * `dbsync restore DB`: asks a person first; off a terminal it wants `--yes`.
 *
 * @throws SyncError SYNC_USAGE without a choice of backup, or without leave
 */
export async function restore(
  session: Session,
  database: string,
  options: RestoreCommandOptions,
): Promise<Outcome> {
  const from = backupOf(session, database, options);
  const report = await withManager(session, async (manager) => {
    await askLeave({ session, manager, database, from }, options);
    return carryOut({ session, manager, database, from });
  });
  await session.terminal.print(
    options.json === true
      ? jsonText({ ...report, database }, 2)
      : restoreText(report, database, session.terminal),
  );
  return "clean";
}

interface Restore {
  readonly session: Session;
  readonly manager: SyncManager;
  readonly database: string;
  readonly from: RestoreFrom;
}

async function carryOut({ session, manager, database, from }: Restore): Promise<RestoreReport> {
  const progress = createProgressReporter("auto", session.terminal);
  try {
    const { onProgress } = progress;
    return await manager.restore(database, from, { signal: session.signal, onProgress });
  } finally {
    progress.stop();
  }
}

function backupOf(session: Session, database: string, options: RestoreCommandOptions): RestoreFrom {
  if (options.from !== undefined) return { type: "file", path: session.path(options.from) };
  if (options.latest === true) return { type: "latest" };
  throw new SyncError("SYNC_USAGE", "Which backup shall be put back?", {
    next: `--latest for the newest, or --from FILE. \`dbsync backups ${pathForShell(database)}\` lists them.`,
  });
}

async function askLeave(work: Restore, { yes, json }: RestoreCommandOptions): Promise<void> {
  const { session, database } = work;
  if (yes === true) return;
  if (!session.terminal.isInteractive || json === true) {
    throw new SyncError(
      "SYNC_USAGE",
      `This replaces what ${database} holds, and nobody can be asked.`,
      {
        next: "Say --yes. A copy of what is replaced is kept.",
      },
    );
  }
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: `Replace what ${database} holds by ${await nameOf(work)}? A copy of what is replaced is kept.`,
    active: "Yes, restore",
    inactive: "No, change nothing",
    initialValue: false,
    output: process.stderr,
  });
  if (answer === true) return;
  throw new SyncError("SYNC_CANCELLED", "Nothing was restored.");
}

async function nameOf({ manager, database, from, session }: Restore): Promise<string> {
  if (from.type === "file") return from.path;
  const [list] = await manager.backups(database, { signal: session.signal });
  const newest = list?.backups.find(
    ({ manifest }) => manifest !== null && manifest.kind !== "replaced",
  );
  const time = newest?.manifest?.time;
  return time === undefined
    ? "its newest backup"
    : `its newest backup, of ${timeText(Date.parse(time))}`;
}
