import { fsyncSync, openSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { HashAnswer } from "./hash-pages.ts";
import type { LazySigner } from "./page-signer.ts";
import type { PagesAnswer, PagesQuestion } from "./pages-question.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

/**
 * Below this, all files together, two threads are not faster than one at signing: each has V8 compile the same code, which
 * takes as long as signing some 400 MB, and on two cores both are busy with it.
 */
const WORTH_TWO_BYTES = 2 ** 30;

/**
 * Reads pages in this thread, beside the connections that it has, and where it is worth it those of a second database
 * in another one. Only for a process in which nobody but us opens databases: each file that is read stays open until the process ends
 * (decision 032). What a process of its own would cost, its start and all signatures through pipes, it does not.
 */
export function createSignerHere(): LazySigner {
  let thread: SigningThread | null = null;
  const started = (): SigningThread => (thread ??= startThread());
  let code: ReturnType<typeof loadReading> | null = null;
  /** The first of them in the other thread, if there are more. */
  const ask = async (
    questions: readonly PagesQuestion[],
    isForTwo: boolean,
  ): Promise<PagesAnswer[]> => {
    const [first, ...others] = questions;
    if (first === undefined) return [];
    const answerHere = await (code ??= loadReading());
    if (others.length === 0 || !isForTwo) return questions.map(answerHere);
    const there = started().ask(first);
    const here = others.map(answerHere);
    return [await there, ...here];
  };
  return {
    start: () => {
      started();
      // Should it fail, whoever asks is told.
      (code ??= loadReading()).catch(() => undefined);
    },
    // Questions of one type get answers of that type.
    sign: async (requests) =>
      (await ask(
        requests.map((request) => ({ type: "sign", request })),
        isWorthTwo(requests),
      )) as SignAnswer[],
    hash: async (requests) =>
      (await ask(
        requests.map((request) => ({ type: "hash", request })),
        true,
      )) as HashAnswer[],
    // A descriptor that is never closed drops no lock.
    syncIfStarted: async (paths) => Promise.resolve(syncForGood(paths)),
    close: () => {
      thread?.end();
      thread = null;
    },
  };
}

/** Where cores are left over, the second thread costs nobody anything. */
function isWorthTwo(requests: readonly SignRequest[]): boolean {
  const bytes = requests.reduce((sum, { file }) => sum + bytesOf(file.path), 0);
  return bytes >= WORTH_TWO_BYTES || availableParallelism() > 2;
}

/** A file that is not there any more is found out when it is read. */
function bytesOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Loaded late: the thread is to start before that. */
async function loadReading(): Promise<(question: PagesQuestion) => PagesAnswer> {
  const [{ createReading }, { loadPageHash }] = await Promise.all([
    import("./read-for-good.ts"),
    import("./page-hash.ts"),
  ]);
  return createReading(await loadPageHash());
}

interface SigningThread {
  readonly ask: (question: PagesQuestion) => Promise<PagesAnswer>;
  readonly end: () => void;
}

function startThread(): SigningThread {
  const worker = new Worker(new URL("./sign-here-thread.js", import.meta.url), {
    // What it reads stays open: closing it would drop SQLite's locks.
    trackUnmanagedFds: false,
  });
  worker.unref();
  return {
    ask: async (question) =>
      new Promise((resolve) => {
        const end = (answer: PagesAnswer): void => {
          worker.unref();
          resolve(answer);
        };
        worker.ref();
        // It answers each question once, and the run asks one after the other.
        worker.once("message", end);
        worker.once("error", () => end(ENDED));
        worker.postMessage(question);
      }),
    end: () => void worker.terminate(),
  };
}

const ENDED: PagesAnswer = { type: "not-known", reason: "the thread that reads pages ended" };

/** @returns false: whoever asked finds out why */
function syncForGood(paths: readonly string[]): boolean {
  try {
    for (const path of paths) fsyncSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
