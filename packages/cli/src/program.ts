import { Command, InvalidArgumentError, Option } from "commander";
import type { Outcome } from "./exit-codes.ts";
import type { DiffCommandOptions } from "./commands/diff.ts";
import type { SyncCommandOptions } from "./commands/sync.ts";
import type { ValidateCommandOptions } from "./commands/validate.ts";
import { HELP } from "./help.ts";
import { addInboxCommands } from "./inbox-program.ts";
import type { Session } from "./session.ts";

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
  addInboxCommands({ program, session, settle });
  program
    .command("explain")
    .description("say what an error code means and what to do")
    .argument("[code]", "such as SYNC_LOCKED; without it, all codes")
    .addHelpText("after", HELP.explain)
    .action(async (code: string | undefined) => {
      const { explain } = await import("./commands/explain.ts");
      settle(await explain(session, code));
    });
  return program;
}

function addDiff(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("diff")
    .description("show what differs between two databases")
    .argument("<a>", "a database file")
    .argument("<b>", "another one")
    .option("--rows", "also show each row that differs, as A and as B have it")
    .addOption(
      new Option("--sql", "print SQL that turns A into B").conflicts(["rows", "json", "ndjson"]),
    )
    .addOption(new Option("--json", "print the counts as JSON").conflicts(["rows", "ndjson"]))
    .addOption(new Option("--ndjson", "print each row as a line of JSON").conflicts(["rows"]))
    .addOption(tableOption())
    .addOption(
      new Option("--scan <how>", "compare every row, or only on pages that differ").choices([
        "auto",
        "full",
        "pages",
      ]),
    )
    .addHelpText("after", HELP.diff)
    .action(async (a: string, b: string, options: DiffCommandOptions) => {
      const { diff } = await import("./commands/diff.ts");
      settle(await diff(session, { a: session.path(a), b: session.path(b) }, options));
    });
}

function addSync(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("sync")
    .description("bring two databases to the same state, losing nobody's edit")
    .argument("<a>", "a database file")
    .argument("<b>", "the other one")
    .option("--policy <name>", "who wins where both changed the same", "last-write-wins")
    .addOption(new Option("--dry-run", "find out and report, write nothing").conflicts("out"))
    .option("--max-delete <percent>", "stop before deleting more of a table (50)", percent)
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
    .addOption(new Option("--quiet", "print only what waits for a decision").conflicts("json"))
    .option("--json", "print the report as JSON")
    .addHelpText("after", HELP.sync)
    .action(async (a: string, b: string, options: SyncCommandOptions) => {
      const { sync } = await import("./commands/sync.ts");
      settle(await sync(session, { a: session.path(a), b: session.path(b) }, options));
    });
}

function addValidate(program: Command, session: Session, settle: (outcome: Outcome) => void): void {
  program
    .command("validate")
    .description("check a database for damage, or two for equality")
    .argument("<a>", "a database file")
    .argument("[b]", "another one to compare it with")
    .option("--json", "print the result as JSON")
    .addOption(tableOption())
    .addHelpText("after", HELP.validate)
    .action(async (a: string, b: string | undefined, options: ValidateCommandOptions) => {
      const { validate } = await import("./commands/validate.ts");
      const given = b === undefined ? [a] : [a, b];
      settle(
        await validate(
          session,
          given.map((path) => session.path(path)),
          options,
        ),
      );
    });
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
