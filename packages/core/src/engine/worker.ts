import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Decision, Progress } from "@sync/model";
import type { createScannerHere } from "../sqlite/pages/scan-here.ts";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import { throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import { lazily } from "./lazily.ts";
import type { HeldPairs } from "./live/held-pairs.ts";
import type { LazySigner } from "../sqlite/pages/page-signer.ts";
import { performCall, prepareCode } from "./perform-call.ts";
import { toPlainError } from "./protocol.ts";
import type { Call, FromCall, ToCall, ToWorker } from "./protocol.ts";
import { choosesPages } from "./scan-choice.ts";

/** Progress is told so often at most: a message costs, and nobody reads faster. */
const PROGRESS_EVERY_MS = 100;

/** What a thread is told when it is started. */
export interface WorkerSettings {
  /** Files of held pairs that nobody changed for so long are closed. */
  readonly idleMs: number;
  /** Pages are read in this thread instead of being asked for. */
  readonly readsPages: boolean;
}

// The program of a worker thread: carries out calls, each over a port of its own.
if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);

function serve(port: MessagePort, { idleMs, readsPages }: WorkerSettings): void {
  const scannerHere = lazily(async () => {
    const { createScannerHere } = await import("../sqlite/pages/scan-here.ts");
    return createScannerHere();
  });
  const signerHere = lazily(async () => {
    const { createSignerHere } = await import("../sqlite/pages/sign-here.ts");
    return createSignerHere();
  });
  const pages: PagesHere | null = readsPages ? { scanner: scannerHere, signer: signerHere } : null;
  const held = lazily(async () => {
    const { createHeldPairs } = await import("./live/held-pairs.ts");
    return createHeldPairs({ idleMs });
  });
  port.on("message", (message: ToWorker) => {
    if (message.type === "call") void run(message, held, pages);
    else {
      // Should it fail, the call that needs it says so.
      if (message.work === "diff-pages") pages?.scanner().catch(() => undefined);
      if (message.work === "sync-pages") pages?.signer().then(begin, () => undefined);
      prepareCode(message.work);
    }
  });
}

/** What reads pages in this process; made when it is first needed. */
interface PagesHere {
  readonly scanner: () => Promise<ReturnType<typeof createScannerHere>>;
  readonly signer: () => Promise<LazySigner>;
}

function begin(signer: LazySigner): void {
  signer.start();
}

async function run(
  { call, cancelled, port }: Extract<ToWorker, { type: "call" }>,
  held: () => Promise<HeldPairs>,
  pages: PagesHere | null,
): Promise<void> {
  const signer = await startSigner(call, pages);
  try {
    const caller = callerOver(port, new Int32Array(cancelled));
    const scanPages: ScanPages = async (request) =>
      pages === null
        ? caller.scanPages(request)
        : (await pages.scanner())(() => throwIfCancelled(caller))(request);
    const result = await performCall(call, { ...caller, scanPages, signer }, held);
    port.postMessage({ type: "done", result } satisfies FromCall);
  } catch (error) {
    port.postMessage({ type: "failed", error: toPlainError(error) } satisfies FromCall);
  } finally {
    signer?.close();
  }
}

/**
 * A run by pages needs a process for them, or a thread: it starts while the code of the run is being loaded, which
 * takes about as long.
 */
async function startSigner(call: Call, pages: PagesHere | null): Promise<LazySigner | null> {
  if (call.type !== "sync" || call.held) return null;
  const { pair, scan = "auto" } = call.sync;
  if (!choosesPages(pair, scan)) return null;
  const signer = await (pages === null ? signerElsewhere() : pages.signer());
  signer.start();
  return signer;
}

async function signerElsewhere(): Promise<LazySigner> {
  const { createLazySigner } = await import("../sqlite/pages/page-signer.ts");
  return createLazySigner();
}

function callerOver(port: MessagePort, cancelled: Int32Array): Caller {
  let toldMs = 0;
  const exchange = async (message: FromCall): Promise<ToCall> =>
    new Promise((resolve) => {
      port.once("message", resolve);
      port.postMessage(message);
    });
  return {
    isCancelled: () => Atomics.load(cancelled, 0) !== 0,
    onProgress: (progress: Progress) => {
      const nowMs = performance.now();
      if (nowMs - toldMs < PROGRESS_EVERY_MS && progress.done < progress.total) return;
      toldMs = nowMs;
      port.postMessage({ type: "progress", progress } satisfies FromCall);
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
