import { startAnswering } from "./answering-process.ts";
import type { HashPages } from "./hash-pages.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

/** Signs the pages of databases somewhere, at the same time; never rejects, it may be that nothing is known. */
export type SignPages = (requests: readonly SignRequest[]) => Promise<readonly SignAnswer[]>;

/** What the process is asked: to sign databases, or to write files through to the disk. */
export type SignerRequest = readonly SignRequest[] | { readonly sync: readonly string[] };

/** Where a run asks what stands on pages. */
export interface PageSource {
  readonly sign: SignPages;
  /** Hashes all pages; `undefined`: it does not do that. */
  readonly hash?: HashPages | undefined;
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
  readonly hash?: HashPages;
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
 * Starts the process that signs pages.
 *
 * @param program - the built `sign-child.js`
 */
export function startPageSigner(
  program: URL = new URL("./sign-child.js", import.meta.url),
): PageSigner {
  const child = startAnswering(program, "often");
  const ask = async (request: SignerRequest): Promise<unknown> => child.ask(request);
  return {
    sign: async (requests) => {
      // Of our own program: requests for signatures get signatures.
      const answers = (await ask(requests)) as readonly SignAnswer[] | null;
      return answers ?? requests.map(() => ENDED);
    },
    sync: async (paths) => (await ask({ sync: paths })) === true,
    close: () => child.close(),
  };
}

const ENDED: SignAnswer = { type: "not-known", reason: "the process that reads pages ended" };
