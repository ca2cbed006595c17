import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Outcome } from "./exit-codes.ts";
import type { Shell } from "./commands/completion.ts";
import type { DiffCommandOptions } from "./commands/diff.ts";
import type { SyncCommandOptions } from "./commands/sync.ts";
import type { ValidateCommandOptions } from "./commands/validate.ts";
import { HELP } from "./help.ts";
import { addInspectCommands } from "./inspect-program.ts";
import { addBackupCommands } from "./backup-program.ts";
import { addConfigCommands } from "./config-program.ts";
import { addInboxCommands } from "./inbox-program.ts";
import { PAIR_WORDS, isPairName, pairOf, pairsOf } from "./operands.ts";
import { addStateCommands } from "./state-program.ts";
import type { Session } from "./session.ts";
import { addWatchCommands } from "./watch-program.ts";

/**
 * The tree of commands. Each command's own code is loaded when it is called, so that `--version` and
 * `--help` start at once.
 *
 * @param settle - hears what the command found, once it is done
 */
export function createProgram(
  session: Session,
  version: string,
  settle: (outcome: Outcome) => void,
): Command {
  const program = new Command("dbsync")
    .description("Shows how two SQLite databases differ and brings both to the same state.")
    .version(version, "-V, --version", "print the version")
    .option("--config <file>", "the config to use, in place of a search")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", HELP.program)
    .showSuggestionAfterError()
    // Descriptions are broken between words in narrow windows, too.
    .configureHelp({ minWidthToWrap: 20 })
    // What goes wrong is thrown and printed in one place; help still goes out as usual.
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addDiff(program, session, settle);
  addSync(program, session, settle);
  addValidate(program, session, settle);
  addInspectCommands({ program, session, settle });
  addBackupCommands({ program, session, settle });
  addStateCommands({ program, session, settle });
  addInboxCommands({ program, session, settle });
  addWatchCommands({ program, session, settle });
  addConfigCommands({ program, session, settle });
  program
    .command("explain")
    .description("say what an error code means and what to do")
    .argument("[code]", "such as SYNC_LOCKED; without it, all codes")
    .option("--json", "print it as JSON")
    .addHelpText("after", HELP.explain)
    .action(async (code: string | undefined, options: { readonly json?: true }) => {
      const { explain } = await import("./commands/explain.ts");
      settle(await explain(session, code, options));
    });
  addCompletion(program, session, settle);
  return program;
}

function addCompletion(
  program: Command,
  session: Session,
  settle: (outcome: Outcome) => void,
): void {
  program
    .command("completion")
    .description("print a script that completes dbsync in a shell")
    .addArgument(new Argument("<shell>", "yours").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", HELP.completion)
    .action(async (shell: Shell) => {
      const { completion } = await import("./commands/completion.ts");
      settle(await completion(session, program, shell));
    });
}

function addDiff(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("diff")
    .description("show what differs between two databases")
    .argument("<pair...>", PAIR_WORDS)
    .option("--rows", "also show each row that differs, as A and as B have it")
    .addOption(
      new Option("--sql", "print SQL that turns A into B").conflicts(["rows", "json", "ndjson"]),
    )
    .addOption(
      new Option("--html <file>", "also write a page with each row; - prints it").conflicts([
        "sql",
        "ndjson",
      ]),
    )
    .addOption(new Option("--json", "print the counts as JSON").conflicts(["rows", "ndjson"]))
    .addOption(new Option("--ndjson", "print each row as a line of JSON").conflicts(["rows"]))
    .addOption(tableOption())
    .addOption(scanOption("compare every row, or only on pages that differ"))
    .addHelpText("after", HELP.diff)
    .action(async (pair: readonly string[], options: DiffCommandOptions) => {
      const { diff } = await import("./commands/diff.ts");
      settle(await diff(session, await pairOf(session, pair), options));
    });
}

function scanOption(about: string): Option {
  return new Option("--scan <how>", about).choices(["auto", "full", "pages"]);
}

function addSync(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("sync")
    .description("bring two databases to the same state, losing nobody's edit")
    .argument("[pairs...]", `${PAIR_WORDS}; without any, every pair of the config`)
    .option("--policy <name>", "who wins where both changed the same (last-write-wins)")
    .addOption(new Option("--dry-run", "find out and report, write nothing").conflicts("out"))
    .addOption(
      new Option("--direction <way>", "which changes go (two-way)").choices([
        "two-way",
        "a-to-b",
        "b-to-a",
        "mirror",
      ]),
    )
    .option("--yes", "let a mirror overwrite without asking")
    .option("--max-delete <percent>", "stop before deleting more of a table (50)", percent)
    .addOption(scanOption("look at every row, or only at pages that changed since the last run"))
    .addOption(
      new Option("--create", "make a database that does not exist").conflicts(["base", "out"]),
    )
    .addOption(
      new Option("--lineage <choice>", "what happened to a side that went back")
        .choices(["restored", "accept", "forget"])
        .conflicts("base"),
    )
    .option("--base <file>", "the common ancestor, in place of what we remember")
    .option("--out <file>", "write the merged database here, leave both sides alone")
    .addOption(tableOption())
    .addOption(
      new Option("--progress <mode>", "how to show progress")
        .choices(["auto", "ndjson", "none"])
        .default("auto"),
    )
    .option("--html <file>", "also write a page about the run, with each conflict")
    .addOption(new Option("--quiet", "print only what waits for a decision").conflicts("json"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", HELP.sync)
    .action(async (operands: readonly string[], options: SyncCommandOptions) => {
      const pairs = await pairsOf(session, operands);
      const [only] = pairs;
      // Who names no pair gets the shape for several, however many there are today.
      if (only !== undefined && pairs.length === 1 && operands.length > 0) {
        const { sync } = await import("./commands/sync.ts");
        settle(await sync(session, only.pair, options));
        return;
      }
      const { syncPairs } = await import("./commands/sync-pairs.ts");
      settle(await syncPairs(session, pairs, options));
    });
}

function addValidate(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("validate")
    .description("check a database for damage, or two for equality")
    .argument("<databases...>", "a database, two of them, or a pair of the config")
    .option("--json", "print the result as JSON")
    .addOption(tableOption())
    .addHelpText("after", HELP.validate)
    .action(async (operands: readonly string[], options: ValidateCommandOptions) => {
      const { validate } = await import("./commands/validate.ts");
      settle(await validate(session, await databasesOf(session, operands), options));
    });
}

/** One database, or both of a pair. */
async function databasesOf(
  session: Session,
  operands: readonly string[],
): Promise<[string] | [string, string]> {
  const [only = ""] = operands;
  if (operands.length === 1 && !(await isPairName(session, only))) return [session.path(only)];
  const { a, b } = await pairOf(session, operands);
  return [a, b];
}

function tableOption(): Option {
  return new Option("--table <name>", "only this table; may be given several times").argParser(
    (name: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), name],
  );
}

function percent(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number <= 100) return number;
  throw new InvalidArgumentError("It must be a number from 0 to 100.");
}
