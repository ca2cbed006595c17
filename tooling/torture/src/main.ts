import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { playConcurrency } from "./campaign/concurrency.ts";
import { playCrashes, playFaults, playMemory } from "./campaign/crashes.ts";
import { playFuzz } from "./campaign/fuzz.ts";
import { playLive } from "./campaign/live.ts";
import { soak } from "./campaign/soak.ts";
import { playSequences } from "./campaign/sequences.ts";
import type { CampaignOptions } from "./campaign/sequences.ts";
import { tallyText } from "./campaign/tally.ts";
import type { Tally } from "./campaign/tally.ts";
import { replayCase } from "./cases/replay-case.ts";
import { readCase } from "./cases/saved-case.ts";
import { replaceBetweenMarks } from "./document.ts";
import { keepProcesses } from "./kept/kept-processes.ts";
import { mutate, mutationTable } from "./mutate/mutate.ts";
import { USAGE, readCommand } from "./options.ts";
import type { Command } from "./options.ts";

/** By the names that `--only` takes; the time is shared between them. */
const CAMPAIGNS: Readonly<Record<string, (options: CampaignOptions) => Promise<Tally>>> = {
  sequences: playSequences,
  crashes: playCrashes,
  faults: playFaults,
  memory: playMemory,
  concurrency: playConcurrency,
  fuzz: playFuzz,
  live: playLive,
};

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

const command = readCommand(process.argv.slice(2));
process.exitCode = (await perform(command)) ? 0 : 1;

async function perform(chosen: Command): Promise<boolean> {
  switch (chosen.type) {
    case "help":
      print(USAGE);
      return true;
    case "replay":
      return replay(chosen.files);
    case "mutate":
      return checkTests(chosen);
    case "soak":
      return soak({ ...chosen, log: print });
    case "run":
      return torture(chosen);
  }
}

async function torture(chosen: Extract<Command, { type: "run" }>): Promise<boolean> {
  const { minutes, runs, seed, only, fresh } = chosen;
  print(`seed ${seed}`);
  const names = Object.keys(CAMPAIGNS).filter((name) => only === null || only.has(name));
  let isFine = true;
  const kept = fresh ? undefined : keepProcesses();
  for (const name of names) {
    const end = performance.now() + (minutes * 60_000) / names.length;
    const isOver = (tally: Tally): boolean =>
      performance.now() >= end || (runs !== null && tally.runs >= runs);
    const tally = await CAMPAIGNS[name]?.({
      seed,
      isOver,
      log: print,
      ...(kept === undefined ? {} : { kept }),
    });
    if (tally === undefined) continue;
    print(tallyText(name, tally));
    isFine &&= tally.failures.length === 0;
  }
  kept?.close();
  return isFine;
}

function checkTests({ only, own, table }: Extract<Command, { type: "mutate" }>): boolean {
  const verdicts = mutate({ repository: REPOSITORY, only, tryAll: !own, log: print });
  const text = mutationTable(verdicts);
  print(text);
  if (table !== null) replaceBetweenMarks(resolve(table), "mutations", text);
  return verdicts.every(({ seenBy }) => seenBy !== null);
}

async function replay(files: readonly string[]): Promise<boolean> {
  let isFine = true;
  for (const file of files) {
    const problems = await replayCase(readCase(resolve(file)));
    for (const problem of problems) print(`${file}: ${problem}`);
    if (problems.length > 0) isFine = false;
    else print(`${file}: as it should be`);
  }
  return isFine;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
