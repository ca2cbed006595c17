import { Option } from "commander";
import type { RestoreCommandOptions } from "./commands/restore.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";

/** `backup`, `backups` and `restore`: one database at a time. */
export function addBackupCommands({ program, session, settle }: Place): void {
  program
    .command("backup")
    .description("take a backup of a database, also while others write to it")
    .argument("<database>", "the database")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.backup)
    .action(async (database: string, options: { readonly json?: true }) => {
      const { backup } = await import("./commands/backup.ts");
      settle(await backup(session, session.path(database), options));
    });
  program
    .command("backups")
    .description("list backups, and look whether they are whole")
    .argument("[database]", "only of this database")
    .option("--json", "print the list as JSON")
    .addHelpText("after", HELP.backups)
    .action(async (database: string | undefined, options: { readonly json?: true }) => {
      const { backups } = await import("./commands/backups.ts");
      const path = database === undefined ? null : session.path(database);
      settle(await backups(session, path, options));
    });
  program
    .command("restore")
    .description("put a backup back, and keep a copy of what it replaces")
    .argument("<database>", "the database; it may be damaged, or missing")
    .addOption(new Option("--latest", "the newest backup").conflicts("from"))
    .option("--from <file>", "this backup, or any sound database")
    .option("--yes", "do not ask")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.restore)
    .action(async (database: string, options: RestoreCommandOptions) => {
      const { restore } = await import("./commands/restore.ts");
      settle(await restore(session, session.path(database), options));
    });
}
