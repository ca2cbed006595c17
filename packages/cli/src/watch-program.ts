import { InvalidArgumentError, Option } from "commander";
import type { WatchCommandOptions } from "./commands/watch.ts";
import { HELP } from "./help.ts";
import type { Place } from "./inbox-program.ts";
import { PAIR_WORDS, pairsOf } from "./operands.ts";

/** `watch`, `status`, `stop` and `resume`: keeping pairs in step, and looking after the watcher. */
export function addWatchCommands({ program, session, settle }: Place): void {
  program
    .command("watch")
    .description("keep databases in step: sync whenever one changes")
    .argument("[pairs...]", `${PAIR_WORDS}; without any, every pair of the config`)
    .option("--policy <name>", "who wins where both changed the same (last-write-wins)")
    .addOption(new Option("--detach", "go to the background").conflicts("printService"))
    .option("--print-service", "print a systemd unit that does it from boot on")
    .addOption(new Option("--in-background").hideHelp())
    .addHelpText("after", HELP.watch)
    .action(async (operands: readonly string[], options: WatchCommandOptions) => {
      const pairs = await pairsOf(session, operands);
      const { watch } = await import("./commands/watch.ts");
      settle(await watch(session, pairs, options));
    });
  program
    .command("status")
    .description("show the watchers that run, and how their pairs are doing")
    .option("--json", "print it as JSON")
    .addHelpText("after", HELP.status)
    .action(async (options: { readonly json?: true }) => {
      const { status } = await import("./commands/watchers.ts");
      settle(await status(session, options));
    });
  program
    .command("stop")
    .description("end the watchers; what they have begun is finished")
    .option("--timeout <seconds>", "then they are killed, which is safe too", seconds, 30)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.stop)
    .action(async (options: { readonly timeout: number; readonly json?: true }) => {
      const { stop } = await import("./commands/watchers.ts");
      settle(await stop(session, options));
    });
  program
    .command("resume")
    .description("let a watcher look at a paused pair again, now")
    .argument("[pairs...]", `${PAIR_WORDS}; without any, all that are watched`)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP.resume)
    .action(async (operands: readonly string[], options: { readonly json?: true }) => {
      const { resume } = await import("./commands/watchers.ts");
      const pairs = operands.length === 0 ? [] : await pairsOf(session, operands);
      settle(await resume(session, pairs, options));
    });
}

function seconds(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number <= 86_400) return number;
  throw new InvalidArgumentError("It must be a number of seconds, at most a day.");
}
