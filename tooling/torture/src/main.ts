import { resolve } from "node:path";
import { playSequences } from "./campaign/sequences.ts";
import { tallyText } from "./campaign/tally.ts";
import type { Tally } from "./campaign/tally.ts";
import { readCase } from "./cases/saved-case.ts";
import { USAGE, readCommand } from "./options.ts";
import type { Command } from "./options.ts";
import { play } from "./run/play.ts";

const command = readCommand(process.argv.slice(2));
process.exitCode = (await perform(command)) ? 0 : 1;

async function perform(chosen: Command): Promise<boolean> {
  switch (chosen.type) {
    case "help":
      print(USAGE);
      return true;
    case "replay":
      return replay(chosen.files);
    case "run":
      return torture(chosen);
  }
}

async function torture({
  minutes,
  runs,
  seed,
  only,
}: Extract<Command, { type: "run" }>): Promise<boolean> {
  print(`seed ${seed}`);
  const end = performance.now() + minutes * 60_000;
  const isOver = (tally: Tally): boolean =>
    performance.now() >= end || (runs !== null && tally.runs >= runs);
  if (only !== null && !only.has("sequences")) return true;
  const tally = await playSequences({ seed, isOver, log: print });
  print(tallyText("sequences", tally));
  return tally.failures.length === 0;
}

async function replay(files: readonly string[]): Promise<boolean> {
  let isFine = true;
  for (const file of files) {
    const { violations } = await play(readCase(resolve(file)).scenario);
    for (const { invariant, step, message } of violations) {
      print(`${file}: step ${step}: ${invariant}: ${message}`);
    }
    if (violations.length > 0) isFine = false;
    else print(`${file}: as it should be`);
  }
  return isFine;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
