#!/usr/bin/env node
import { prepareEngine } from "./prepare-engine.ts";

const args = process.argv.slice(2);
const engine = await prepareEngine(args, process);
const { run } = await import("./run.ts");
process.exitCode = await run(args, engine);
