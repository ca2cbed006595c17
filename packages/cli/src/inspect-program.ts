import { Option } from "commander";
import type { SchemaCommandOptions } from "./commands/schema.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";
import { PAIR_WORDS, pairOf } from "./operands.ts";

/** `schema`: what two databases define. */
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
}
