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

/** Settings of a signer. */
export interface SignerHereOptions {
  /** The built program of the thread. */
  readonly program?: URL;
  /** So many bytes, all files together, are signed by two threads. */
  readonly worthTwoBytes?: number;
}

/**
 * Reads pages in this thread, beside the connections that it has, and where it is worth it those of a second database
 * in another one. Only for a process in which nobody but us opens databases: each file that is read stays open until the process ends
 * (decision 032). What a process of its own would cost, its start and all signatures through pipes, it does not.
 */
export function createSignerHere({
  program = new URL("./sign-here-thread.js", import.meta.url),
  worthTwoBytes = WORTH_TWO_BYTES,
}: SignerHereOptions = {}): LazySigner {
  let thread: SigningThread | null = null;
  const started = (): SigningThread => (thread ??= startThread(program));
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
        isWorthTwo(requests, worthTwoBytes),
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

/**
 * Where cores are left over, the second thread costs nobody anything. What was written is signed again in a moment: to send
 * all that is known of a large file there and back would take longer, and room for two copies of it.
 */
function isWorthTwo(requests: readonly SignRequest[], worthTwoBytes: number): boolean {
  if (requests.some(({ written }) => written !== null)) return false;
  const bytes = requests.reduce((sum, { file }) => sum + bytesOf(file.path), 0);
  return bytes >= worthTwoBytes || availableParallelism() > 2;
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

function startThread(program: URL): SigningThread {
  const worker = new Worker(program, {
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
        worker.postMessage(withSharedMemory(question));
      }),
    end: () => void worker.terminate(),
  };
}

/** What is remembered is copied once, and not into a message and out of it again. */
function withSharedMemory(question: PagesQuestion): PagesQuestion {
  if (question.type === "hash") {
    const { request } = question;
    return { type: "hash", request: { ...request, remembered: shared(request.remembered) } };
  }
  const tables = question.request.tables.map((table) => ({
    ...table,
    remembered: shared(table.remembered),
  }));
  return { type: "sign", request: { ...question.request, tables } };
}

function shared(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null) return null;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
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
