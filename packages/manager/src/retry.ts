import { SyncError, isSyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";
import pRetry from "p-retry";

/** What another program holds is free again soon; everything else does not get better by itself. */
const PASSING: readonly SyncErrorCode[] = ["SYNC_LOCKED", "SYNC_PAIR_BUSY"];

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

export interface RetryOptions {
  /** No attempt begins later than so long after the first. 0 for one attempt. */
  readonly retryMs: number;
  readonly signal?: AbortSignal;
  /** Hears of each failure that is tried again, before the wait. */
  readonly onRetry: (error: SyncError, attempt: number) => void;
}

export function isPassing(code: unknown): boolean {
  return PASSING.some((known) => known === code);
}

/**
 * Tries a call again while another program or run is in the way, with growing waits that differ by
 * chance, so that two that met do not meet again. Between attempts nothing is held.
 *
 * @throws the error of the last attempt; SYNC_CANCELLED where `signal` aborts a wait
 */
export async function retrying<Result>(
  call: () => Promise<Result>,
  { retryMs, signal, onRetry }: RetryOptions,
): Promise<Result> {
  let done: { readonly result: Result } | null = null;
  try {
    await pRetry(async () => (done = { result: await call() }), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_WAIT_MS,
      maxTimeout: LONGEST_WAIT_MS,
      randomize: true,
      maxRetryTime: retryMs,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error, attemptNumber }) => {
        if (!isSyncError(error) || !isPassing(error.code)) return false;
        onRetry(error, attemptNumber);
        return true;
      },
    });
  } catch (error) {
    if (!wasAborted(error, signal)) throw error;
  }
  // A run that was done when the signal came is done: p-retry would keep its report back.
  const finished = done as { readonly result: Result } | null;
  if (finished !== null) return finished.result;
  throw new SyncError("SYNC_CANCELLED", "The run was cancelled while it waited for a lock.");
}

function wasAborted(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}
