import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMessageReader, packMessage } from "./message-stream.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

/** Signs the pages of databases somewhere, at the same time; never rejects, it may be that nothing is known. */
export type SignPages = (requests: readonly SignRequest[]) => Promise<readonly SignAnswer[]>;

/** What the process is asked: to sign databases, or to write files through to the disk. */
export type SignerRequest = readonly SignRequest[] | { readonly sync: readonly string[] };

/** Where a run asks what stands on pages. */
export interface PageSource {
  readonly sign: SignPages;
  /** It follows the files that it is asked about, so that asking again costs next to nothing. */
  readonly follows: boolean;
  /** It is going to be asked: starts the process while the run gets ready. */
  readonly expect: () => void;
}

/** A process that signs pages, as often as it is asked. Calls take turns. */
export interface PageSigner {
  /** Answers in the order of the requests. */
  readonly sign: SignPages;
  /** Writes files through to the disk. @returns false where it could not, or has ended */
  readonly sync: (paths: readonly string[]) => Promise<boolean>;
  /** Ends the process, whatever it does. Idempotent. */
  readonly close: () => void;
}

/** A signer that can be there before there is anything to ask. */
export interface LazySigner extends Omit<PageSigner, "sync"> {
  /** Writes files through, if the process is there anyway. @returns false where it is not, or could not */
  readonly syncIfStarted: PageSigner["sync"];
  /** Starts the process, which takes as long as reading some hundred megabytes. */
  readonly start: () => void;
}

/** Its process is started by the first call of any kind; after `close`, by the next. */
export function createLazySigner(): LazySigner {
  let signer: PageSigner | null = null;
  const started = (): PageSigner => (signer ??= startPageSigner());
  return {
    start: () => void started(),
    sign: async (requests) => started().sign(requests),
    syncIfStarted: async (paths) => (await signer?.sync(paths)) === true,
    close: () => {
      signer?.close();
      signer = null;
    },
  };
}

/**
 * Starts the process that signs pages. It has no SQLite connection, so that closing a database file there
 * drops nobody's locks (SQLITE_NOTES 1).
 *
 * @param program - the built `sign-child.js`
 */
export function startPageSigner(
  program: URL = new URL("./sign-child.js", import.meta.url),
): PageSigner {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    // What a user wants loaded into their own program has no business in this one, and costs time.
    env: { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  // A program that forgets to close us shall end all the same.
  child.unref();
  let answer: ((answer: unknown) => void) | null = null;
  let hasEnded = false;
  const reader = createMessageReader();
  const give = (given: unknown): void => {
    answer?.(given);
    answer = null;
  };
  const end = (): void => {
    hasEnded = true;
    give(null);
  };
  child.once("error", end).once("close", end);
  child.stdout.on("data", (chunk: Buffer) => {
    // The child sends nothing but answers.
    for (const message of reader.read(chunk)) give(message);
  });
  // A child that ended early does not read its input; the answer says so.
  child.stdin.on("error", () => undefined);
  let turn: Promise<unknown> = Promise.resolve();
  /** `null`: the process has ended. */
  const ask = async (request: SignerRequest): Promise<unknown> => {
    const answered = turn.then(
      async () =>
        new Promise((resolve) => {
          if (hasEnded) {
            resolve(null);
            return;
          }
          answer = resolve;
          child.stdin.write(packMessage(request));
        }),
    );
    turn = answered;
    return answered;
  };
  return {
    sign: async (requests) => {
      // Of our own program: requests for signatures get signatures.
      const answers = (await ask(requests)) as readonly SignAnswer[] | null;
      return answers ?? requests.map(() => ENDED);
    },
    sync: async (paths) => (await ask({ sync: paths })) === true,
    close: () => void child.kill("SIGKILL"),
  };
}

const ENDED: SignAnswer = { type: "not-known", reason: "the process that reads pages ended" };
