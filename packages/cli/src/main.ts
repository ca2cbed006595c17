#!/usr/bin/env node
import { packageVersion } from "./version.ts";

const args = process.argv.slice(2);
const [only] = args;
if (args.length === 1 && (only === "--version" || only === "-V")) {
  // Scripts ask before each call: what parses a command line takes longer than Node to start.
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const { prepareWork } = await import("./prepare-work.ts");
  const prepared = await prepareWork(args, process);
  const { run } = await import("./run.ts");
  process.exitCode = await run(args, prepared);
}
