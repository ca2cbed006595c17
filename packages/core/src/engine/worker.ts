import { parentPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Decision, Progress } from "@sync/model";
import type { Caller } from "./caller.ts";
import { performCall, prepareDiff } from "./perform-call.ts";
import { toPlainError } from "./protocol.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Progress is told so often at most: a message costs, and nobody reads faster. */
const PROGRESS_EVERY_MS = 100;

// The program of a worker thread: carries out one call after the other.
if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
  /** Takes the caller's next message; set while one is awaited. */
  let receive: ((message: ToWorker) => void) | null = null;
  const exchange = async (message: FromWorker): Promise<ToWorker> =>
    new Promise((resolve) => {
      receive = resolve;
      port.postMessage(message);
    });
  port.on("message", (message: ToWorker) => {
    if (message.type === "call") void run(port, exchange, message);
    else if (message.type === "prepare") prepareDiff();
    else receive?.(message);
  });
}

async function run(
  port: MessagePort,
  exchange: (message: FromWorker) => Promise<ToWorker>,
  message: Extract<ToWorker, { type: "call" }>,
): Promise<void> {
  try {
    const result = await performCall(
      message.call,
      callerOver(port, exchange, new Int32Array(message.cancelled)),
    );
    port.postMessage({ type: "done", result } satisfies FromWorker);
  } catch (error) {
    port.postMessage({ type: "failed", error: toPlainError(error) } satisfies FromWorker);
  }
}

function callerOver(
  port: MessagePort,
  exchange: (message: FromWorker) => Promise<ToWorker>,
  cancelled: Int32Array,
): Caller {
  let toldMs = 0;
  return {
    isCancelled: () => Atomics.load(cancelled, 0) !== 0,
    onProgress: (progress: Progress) => {
      const nowMs = performance.now();
      if (nowMs - toldMs < PROGRESS_EVERY_MS && progress.done < progress.total) return;
      toldMs = nowMs;
      port.postMessage({ type: "progress", progress } satisfies FromWorker);
    },
    ask: async (conflicts): Promise<readonly (Decision | undefined)[]> => {
      const reply = await exchange({ type: "ask", conflicts });
      return reply.type === "answers" ? reply.answers : [];
    },
    scanPages: async (request) => {
      const reply = await exchange({ type: "scan", request });
      return reply.type === "scanned"
        ? reply.answer
        : { type: "not-known", reason: "there was no answer" };
    },
    give: async (items) => {
      await exchange({ type: "items", items });
    },
  };
}
