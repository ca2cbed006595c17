import { MessageChannel } from "node:worker_threads";
import type { Worker } from "node:worker_threads";
import type { Conflict, Decision, Progress } from "@sync/model";
import { SyncError } from "@sync/model";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import { fromPlainError } from "./protocol.ts";
import type { Call, FromCall, Item, ToCall, ToWorker } from "./protocol.ts";

/** What the caller's thread does for a call that runs elsewhere. */
export interface RemoteCaller {
  readonly signal: AbortSignal | null;
  readonly onProgress: (progress: Progress) => void;
  ask(conflicts: readonly Conflict[]): Promise<readonly (Decision | undefined)[]>;
  readonly scanPages: ScanPages;
  give(items: readonly Item[]): Promise<void>;
}

/** One call: messages back and forth, over a channel of its own, until the worker is done. */
export async function converse(worker: Worker, call: Call, caller: RemoteCaller): Promise<unknown> {
  const cancelled = new SharedArrayBuffer(4);
  const cancel = (): void => void Atomics.store(new Int32Array(cancelled), 0, 1);
  const { port1: port, port2 } = new MessageChannel();
  const send = (message: ToCall): void => port.postMessage(message);
  if (caller.signal?.aborted === true) cancel();
  caller.signal?.addEventListener("abort", cancel, { once: true });
  let lost: ((error: SyncError) => void) | null = null;
  const onError = (cause: unknown): void =>
    lost?.(new SyncError("SYNC_INTERNAL", `The worker failed: ${String(cause)}`, { cause }));
  const onExit = (): void =>
    lost?.(new SyncError("SYNC_INTERNAL", "The worker ended before its work was done."));
  worker.once("error", onError);
  worker.once("exit", onExit);
  try {
    return await new Promise((resolve, reject) => {
      lost = reject;
      port.on("message", (message: FromCall) => {
        switch (message.type) {
          case "progress":
            caller.onProgress(message.progress);
            return;
          case "ask":
            caller
              .ask(message.conflicts)
              .then((answers) => send({ type: "answers", answers }), reject);
            return;
          case "scan":
            caller
              .scanPages(message.request)
              .then((answer) => send({ type: "scanned", answer }), reject);
            return;
          case "items":
            caller.give(message.items).then(() => send({ type: "more" }), reject);
            return;
          case "done":
            resolve(message.result);
            return;
          case "failed":
            reject(fromPlainError(message.error));
        }
      });
      worker.postMessage({ type: "call", call, cancelled, port: port2 } satisfies ToWorker, [
        port2,
      ]);
    });
  } finally {
    worker.off("error", onError);
    worker.off("exit", onExit);
    port.close();
    caller.signal?.removeEventListener("abort", cancel);
  }
}
