import { fsyncSync, openSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { LazySigner } from "./page-signer.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

/**
 * Signs pages in this thread, beside the connections that it has, and those of a second database in another one. Only
 * for a process in which nobody but us opens databases: each file that is read stays open until the process ends
 * (decision 032). What a process of its own would cost, its start and all signatures through pipes, it does not.
 */
export function createSignerHere(): LazySigner {
  let thread: SigningThread | null = null;
  const started = (): SigningThread => (thread ??= startThread());
  let code: ReturnType<typeof loadSigning> | null = null;
  return {
    start: () => {
      started();
      // Should it fail, whoever asks is told.
      (code ??= loadSigning()).catch(() => undefined);
    },
    sign: async (requests) => {
      const [first, ...others] = requests;
      if (first === undefined) return [];
      const signHere = await (code ??= loadSigning());
      if (others.length === 0) return [signHere(first)];
      const there = started().sign(first);
      const here = others.map(signHere);
      return [await there, ...here];
    },
    // A descriptor that is never closed drops no lock.
    syncIfStarted: async (paths) => Promise.resolve(syncForGood(paths)),
    close: () => {
      thread?.end();
      thread = null;
    },
  };
}

/** Loaded late: the thread is to start before that. */
async function loadSigning(): Promise<(request: SignRequest) => SignAnswer> {
  const [{ signDatabase }, { loadPageHash }, { openForGood }] = await Promise.all([
    import("./sign.ts"),
    import("./page-hash.ts"),
    import("./random-access.ts"),
  ]);
  const hash = await loadPageHash();
  return (request) => signDatabase(request, hash, openForGood);
}

interface SigningThread {
  readonly sign: (request: SignRequest) => Promise<SignAnswer>;
  readonly end: () => void;
}

function startThread(): SigningThread {
  const worker = new Worker(new URL("./sign-here-thread.js", import.meta.url), {
    // What it reads stays open: closing it would drop SQLite's locks.
    trackUnmanagedFds: false,
  });
  worker.unref();
  return {
    sign: async (request) =>
      new Promise((resolve) => {
        const end = (answer: SignAnswer): void => {
          worker.unref();
          resolve(answer);
        };
        worker.ref();
        // It answers each request once, and the run asks one after the other.
        worker.once("message", end);
        worker.once("error", () => end(ENDED));
        worker.postMessage(request);
      }),
    end: () => void worker.terminate(),
  };
}

const ENDED: SignAnswer = { type: "not-known", reason: "the thread that reads pages ended" };

/** @returns false: whoever asked finds out why */
function syncForGood(paths: readonly string[]): boolean {
  try {
    for (const path of paths) fsyncSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
