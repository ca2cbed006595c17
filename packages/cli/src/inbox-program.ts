import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { Pair } from "@sync/core";
import { SyncError } from "@sync/model";
import type { ListOptions } from "./commands/conflicts.ts";
import type { LedgerCommandOptions } from "./commands/ledger.ts";
import type { ResolveCommandOptions } from "./commands/resolve.ts";
import type { UndoCommandOptions } from "./commands/undo.ts";
import type { Outcome } from "./exit-codes.ts";
import { HELP } from "./help.ts";
import type { Session } from "./session.ts";

/** Where commands are added, and who hears what they found. */
export interface Place {
  readonly program: Command;
  readonly session: Session;
  readonly settle: (outcome: Outcome) => void;
}

/** `conflicts`, `ledger` and `undo`: what waits, what lost, and how to have it back. */
export function addInboxCommands(place: Place): void {
  const conflicts = place.program
    .command("conflicts")
    .description("what waits for a decision: list it, show it, decide it")
    .usage("[list|show|resolve] …")
    .addHelpText("after", HELP.conflicts);
  addList(conflicts, place);
  addShow(conflicts, place);
  addResolve(conflicts, place);
  addLedger(place);
  addUndo(place);
}

function addList(conflicts: Command, { session, settle }: Place): void {
  conflicts
    .command("list", { isDefault: true })
    .description("list what waits (also without the word list)")
    .argument("<a>", "a database file")
    .argument("<b>", "the other one")
    .addOption(repeated("--table <name>", "only this table; may be given several times"))
    .option("--json", "print the list as JSON")
    .addHelpText("after", HELP.conflicts)
    .action(async (a: string, b: string, options: ListOptions) => {
      const { listConflicts } = await import("./commands/conflicts.ts");
      settle(await listConflicts(session, pairOf(session, a, b), options));
    });
}

function addShow(conflicts: Command, { session, settle }: Place): void {
  conflicts
    .command("show")
    .description("show the rows of one, side by side")
    .argument("<id>", "its number", wholeNumber)
    .argument("<a>", "a database file")
    .argument("<b>", "the other one")
    .option("--json", "print it as JSON")
    .addHelpText("after", HELP.show)
    .action(async (id: number, a: string, b: string, options: { readonly json?: true }) => {
      const { showConflict } = await import("./commands/conflicts.ts");
      settle(await showConflict(session, pairOf(session, a, b), { id, ...options }));
    });
}

function addResolve(conflicts: Command, { session, settle }: Place): void {
  conflicts
    .command("resolve")
    .description("decide one, or all of them one after the other")
    .usage("[options] [id] <a> <b>")
    .argument("<operands...>", "its number, and the two databases")
    .addOption(
      new Option("--take <side>", "the row as one side has it, or as both had it").choices([
        "a",
        "b",
        "base",
      ]),
    )
    .addOption(repeated("--set <column=value>", "this value; may be given several times"))
    .option("--delete", "delete the row on both sides")
    .option("--keep-both", "two new rows of one key: keep both")
    .option("--from <file>", "read decisions from a JSON file")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.resolve)
    .action(async (operands: readonly string[], options: ResolveCommandOptions) => {
      const { resolve } = await import("./commands/resolve.ts");
      const [first = "", ...rest] = operands;
      const [a, b] = operands.length === 3 ? rest : operands;
      if (a === undefined || b === undefined || operands.length > 3) throw wrongOperands();
      const id = operands.length === 3 ? wholeNumber(first) : null;
      settle(await resolve(session, { pair: pairOf(session, a, b), id }, options));
    });
}

function addLedger({ program, session, settle }: Place): void {
  program
    .command("ledger")
    .description("list what lost in conflicts, and to whom")
    .argument("<a>", "a database file")
    .argument("<b>", "the other one")
    .option("--run <id>", "only of this run; its beginning will do")
    .addOption(repeated("--table <name>", "only this table; may be given several times"))
    .option("--since <time>", 'not before, such as "2 hours ago"')
    .option("--policy <name>", "only what this policy decided")
    .option("--limit <number>", "at most so many, the newest", wholeNumber, 50)
    .option("--json", "print the entries as JSON")
    .addHelpText("after", HELP.ledger)
    .action(async (a: string, b: string, options: LedgerCommandOptions) => {
      const { ledger } = await import("./commands/ledger.ts");
      settle(await ledger(session, pairOf(session, a, b), options));
    });
}

function addUndo({ program, session, settle }: Place): void {
  program
    .command("undo")
    .description("give back what lost, on both sides")
    .argument("<what>", "an entry of the ledger, a run, or last")
    .argument("<a>", "a database file")
    .argument("<b>", "the other one")
    .addOption(new Option("--side <side>", "whose value, where both lost").choices(["a", "b"]))
    .option("--yes", "also rows that were changed again since")
    .option("--dry-run", "find out and report, write nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.undo)
    .action(async (...args: [string, string, string, UndoCommandOptions]) => {
      const [what, a, b, options] = args;
      const { undo } = await import("./commands/undo.ts");
      settle(await undo(session, { pair: pairOf(session, a, b), what }, options));
    });
}

function pairOf(session: Session, a: string, b: string): Pair {
  return { a: session.path(a), b: session.path(b) };
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value],
  );
}

function wholeNumber(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

function wrongOperands(): SyncError {
  return new SyncError("SYNC_USAGE", "`conflicts resolve` takes a number and two databases.", {
    next: "Such as: dbsync conflicts resolve 12 a.db b.db --take a",
  });
}
