import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import worker from "node:worker_threads";
import { createFrameCounter } from "./frames.ts";

// Runs a program of the product that reads one request from its standard input and writes one answer, as
// often as it is asked: its modules stay loaded, its own file is loaded anew for each request.

/** What a program ends itself with; nothing else here throws it. */
const END = new Error("the program has ended");

const STDIN = 0;
const program = pathToFileURL(process.argv[2] ?? "");
let input: Buffer = Buffer.alloc(0);
let turn: Promise<void> = Promise.resolve();
let count = 0;

const readFile = fs.readFileSync;
const endProcess = process.exit.bind(process);
// What the program finds in the place of its own process.
Object.assign(fs, {
  readFileSync: (...args: Parameters<typeof readFile>) =>
    args[0] === STDIN ? input : readFile(...args),
});
Object.assign(worker, { Worker: NeverInTime });
process.exit = () => {
  throw END;
};
syncBuiltinESMExports();

const frames = createFrameCounter();
process.stdin.on("data", (chunk: Buffer) => {
  for (const request of frames.add(chunk)) turn = turn.then(async () => answer(request));
});
process.stdin.on("end", () => endProcess(0));

async function answer(request: Buffer): Promise<void> {
  input = request;
  count += 1;
  try {
    await import(`${program.href}?${count}`);
  } catch (error) {
    if (error !== END) endProcess(1);
  }
}

/** A thread that would help if it were there in time (`helper-thread.ts`); for small files it never is. */
function NeverInTime(): Pick<worker.Worker, "postMessage" | "unref"> {
  return { postMessage: () => undefined, unref: () => undefined };
}
