import { Option } from "commander";
import type { SchemaCommandOptions } from "./commands/schema.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";
import { PAIR_WORDS, pairOf, pairsOf } from "./operands.ts";

/** `schema` and `doctor`: what two databases define, and whether they can be synced here. */
export function addInspectCommands({ program, session, settle }: Place): void {
  program
    .command("schema")
    .description("compare what two databases define, and level it")
    .argument("<pair...>", PAIR_WORDS)
    .addOption(
      new Option("--apply <side>", "create there what it lacks, after a backup").choices([
        "a",
        "b",
      ]),
    )
    .addOption(
      new Option("--table <name>", "only this table; may be given several times").argParser(
        (name: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), name],
      ),
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.schema)
    .action(async (pair: readonly string[], options: SchemaCommandOptions) => {
      const { schema } = await import("./commands/schema.ts");
      settle(await schema(session, await pairOf(session, pair), options));
    });
  program
    .command("doctor")
    .description("look whether anything stands in the way of syncing")
    .argument("[pairs...]", `${PAIR_WORDS}; without any, every pair of the config`)
    .option("--json", "print the findings as JSON")
    .addHelpText("after", HELP.doctor)
    .action(async (operands: readonly string[], options: { readonly json?: true }) => {
      const { doctor } = await import("./commands/doctor.ts");
      const { settings } = await session.config();
      const isBare = operands.length === 0 && settings.pairs.length === 0;
      // Without pairs there is still the machine to look at.
      const pairs = isBare ? [] : await pairsOf(session, operands);
      settle(await doctor(session, pairs, options));
    });
}
