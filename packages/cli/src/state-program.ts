import type { StateCommandOptions } from "./commands/state.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";
import { PAIR_WORDS, pairOf } from "./operands.ts";

/** `state`: what is remembered about pairs, and how to take it elsewhere. */
export function addStateCommands({ program, session, settle }: Place): void {
  const state = program
    .command("state")
    .description("what is remembered about pairs: list, move, forget, export, import")
    .usage("[list|move|forget|export|import] …")
    .addHelpText("after", HELP.state);
  state
    .command("list", { isDefault: true })
    .description("list all pairs (also without the word list)")
    .option("--json", "print the list as JSON")
    .addHelpText("after", HELP.state)
    .action(async (options: { readonly json?: true }) => {
      const { listStates } = await import("./commands/state.ts");
      settle(await listStates(session, options));
    });
  state
    .command("move")
    .description("a database was moved: keep what is remembered")
    .argument("<from>", "where it was")
    .argument("<to>", "where it is now")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.state)
    .action(async (from: string, to: string, options: StateCommandOptions) => {
      const { moveState } = await import("./commands/state.ts");
      const moved = { from: session.path(from), to: session.path(to) };
      settle(await moveState(session, moved, options));
    });
  state
    .command("forget")
    .description("forget a pair, its inbox and its ledger")
    .argument("<pair...>", PAIR_WORDS)
    .option("--yes", "do not ask")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.state)
    .action(async (pair: readonly string[], options: StateCommandOptions & { yes?: true }) => {
      const { forgetState } = await import("./commands/state.ts");
      settle(await forgetState(session, await pairOf(session, pair), options));
    });
  state
    .command("export")
    .description("write what is remembered into one file")
    .argument("<pair_and_file...>", `${PAIR_WORDS}; and a file that does not exist`)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.state)
    .action(async (operands: readonly string[], options: StateCommandOptions) => {
      const { exportState } = await import("./commands/state.ts");
      const pair = await pairOf(session, operands.slice(0, -1));
      const file = session.path(operands.at(-1) ?? "");
      settle(await exportState(session, { pair, file }, options));
    });
  state
    .command("import")
    .description("take it from such a file")
    .argument("<file>", "the exported file")
    .argument("[pair...]", "the databases as they are called here; else as they were")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.state)
    .action(async (file: string, pair: readonly string[], options: StateCommandOptions) => {
      const { importState } = await import("./commands/state.ts");
      const given = pair.length === 0 ? null : await pairOf(session, pair);
      settle(await importState(session, { file: session.path(file), pair: given }, options));
    });
}
