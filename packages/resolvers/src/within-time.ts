// Long enough for a question over a network, short enough that one stuck call does not look like a hung run.
export const DEFAULT_TIMEOUT_MS = 10_000;

// setTimeout fires at once for longer delays (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
export const MAX_TIMEOUT_MS = 2_147_483_647;

/**
 * Waits for an answer, at most so long.
 *
 * @param controller - is aborted when the time is up
 * @throws Error when the time is up, and whatever `answer` rejects with
 */
export async function withinTime(
  answer: unknown,
  timeoutMs: number,
  controller: AbortController,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMs} ms.`);
      // First reject, then abort: the reason shall be the time limit, not what the function makes of the signal.
      reject(error);
      controller.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
