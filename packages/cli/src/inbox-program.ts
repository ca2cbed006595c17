import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { SyncError } from "@sync/model";
import type { ListOptions } from "./commands/conflicts.ts";
import type { LedgerCommandOptions } from "./commands/ledger.ts";
import type { ResolveCommandOptions } from "./commands/resolve.ts";
import type { UndoCommandOptions } from "./commands/undo.ts";
import type { Outcome } from "./exit-codes.ts";
import { HELP } from "./help.ts";
import { PAIR_WORDS, isPairName, pairOf } from "./operands.ts";
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
    .argument("<pair...>", PAIR_WORDS)
    .addOption(repeated("--table <name>", "only this table; may be given several times"))
    .option("--json", "print the list as JSON")
    .addHelpText("after", HELP.conflicts)
    .action(async (pair: readonly string[], options: ListOptions) => {
      const { listConflicts } = await import("./commands/conflicts.ts");
      settle(await listConflicts(session, await pairOf(session, pair), options));
    });
}

function addShow(conflicts: Command, { session, settle }: Place): void {
  conflicts
    .command("show")
    .description("show the rows of one, side by side")
    .argument("<id>", "its number", wholeNumber)
    .argument("<pair...>", PAIR_WORDS)
    .option("--json", "print it as JSON")
    .addHelpText("after", HELP.show)
    .action(async (id: number, pair: readonly string[], options: { readonly json?: true }) => {
      const { showConflict } = await import("./commands/conflicts.ts");
      settle(await showConflict(session, await pairOf(session, pair), { id, ...options }));
    });
}

function addResolve(conflicts: Command, { session, settle }: Place): void {
  conflicts
    .command("resolve")
    .description("decide one, or all of them one after the other")
    .usage("[options] [id] <pair>")
    .argument("<operands...>", "its number, and the pair")
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
      if (operands.length > 3) throw wrongOperands();
      // `12 shop`; but `12 13` may be two databases.
      const [second = ""] = rest;
      const hasId =
        operands.length === 3 || (rest.length === 1 && (await isPairName(session, second)));
      const pair = await pairOf(session, hasId ? rest : operands);
      settle(await resolve(session, { pair, id: hasId ? wholeNumber(first) : null }, options));
    });
}

function addLedger({ program, session, settle }: Place): void {
  program
    .command("ledger")
    .description("list what lost in conflicts, and to whom")
    .argument("<pair...>", PAIR_WORDS)
    .option("--run <id>", "only of this run; its beginning will do")
    .addOption(repeated("--table <name>", "only this table; may be given several times"))
    .option("--since <time>", 'not before, such as "2 hours ago"')
    .option("--policy <name>", "only what this policy decided")
    .option("--limit <number>", "at most so many, the newest", wholeNumber, 50)
    .option("--json", "print the entries as JSON")
    .addHelpText("after", HELP.ledger)
    .action(async (pair: readonly string[], options: LedgerCommandOptions) => {
      const { ledger } = await import("./commands/ledger.ts");
      settle(await ledger(session, await pairOf(session, pair), options));
    });
}

function addUndo({ program, session, settle }: Place): void {
  program
    .command("undo")
    .description("give back what lost, on both sides")
    .argument("<what>", "an entry of the ledger, a run, or last")
    .argument("<pair...>", PAIR_WORDS)
    .addOption(new Option("--side <side>", "whose value, where both lost").choices(["a", "b"]))
    .option("--yes", "also rows that were changed again since")
    .option("--dry-run", "find out and report, write nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.undo)
    .action(async (what: string, pair: readonly string[], options: UndoCommandOptions) => {
      const { undo } = await import("./commands/undo.ts");
      settle(await undo(session, { pair: await pairOf(session, pair), what }, options));
    });
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
  return new SyncError("SYNC_USAGE", "`conflicts resolve` takes a number and a pair.", {
    next: "Such as: dbsync conflicts resolve 12 a.db b.db --take a",
  });
}
