import type { Command } from "commander";
import type { LogCommandOptions } from "./commands/log.ts";
import type { InitCommandOptions } from "./commands/init.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";
import { PAIR_WORDS } from "./operands.ts";

/** `log`, `config` and `init`: what happened, what holds, and how to begin. */
export function addConfigCommands({ program, session, settle }: Place): void {
  program
    .command("log")
    .description("show what happened, from the log")
    .option("--event <names>", "only these events, with commas between them")
    .option("--since <time>", 'not before, such as "2 hours ago"')
    .option("--pair <pair...>", `only of this one: ${PAIR_WORDS}`)
    .option("-f, --follow", "wait for more")
    .option("--json", "print the entries as JSON; with --follow, one a line")
    .addHelpText("after", HELP.log)
    .action(async (options: LogCommandOptions) => {
      const { log } = await import("./commands/log.ts");
      settle(await log(session, options));
    });
  program
    .command("config")
    .description("show the configuration")
    .addHelpText("after", HELP.config)
    .command("print", { isDefault: true })
    .description("print every value that holds, and where it was said")
    .option("--json", "print them as JSON")
    .addHelpText("after", HELP.config)
    .action(async (options: { readonly json?: true }) => {
      const { printConfig } = await import("./commands/config.ts");
      settle(await printConfig(session, options));
    });
  const init = program
    .command("init")
    .description("write a config for a pair")
    .argument("[databases...]", "the two databases")
    .option("--name <name>", "how the pair shall be called")
    .option("--policy <name>", "who wins where both changed the same")
    .option("--yes", "ask nothing")
    .option("--json", "print the result as JSON; ask nothing")
    .addHelpText("after", HELP.init)
    .action(async (databases: readonly string[], options: InitCommandOptions) => {
      const { init: initPair } = await import("./commands/init.ts");
      settle(await initPair(session, databases, options));
    });
  init
    .command("resolver")
    .description("write a package with a policy of your own")
    .argument("<name>", "such as stock, or @acme/stock")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.initResolver)
    .action(async (name: string, _: unknown, command: Command) => {
      const { initResolver } = await import("./commands/init-resolver.ts");
      // Both commands know --json: it is the parent that hears it.
      settle(await initResolver(session, name, command.optsWithGlobals()));
    });
}
