import type { EventLevel, EventName, SyncEvent } from "@sync/model";
import type { Fields } from "./redact.ts";

/**
 * Hears events as they are logged. What it throws, a promise that rejects and one that does not settle
 * in time are logged as `log_hook_error`, and stop nothing.
 *
 * @param fields - without secrets and row contents; with `timeMs` and, where there is a run, `runId`
 */
export type LogHook = (level: EventLevel, event: EventName, fields: Fields) => unknown;

/** Calls a hook and hears how it fails. */
export interface HookRunner {
  /** Never throws, waits for nothing. */
  call(event: SyncEvent): void;
  /** Resolves when no call is under way any more; each takes `timeoutMs` at most. */
  settled(): Promise<void>;
}

export interface HookRunnerOptions {
  readonly hook: LogHook;
  readonly timeoutMs: number;
  /** @param reason - a sentence without its end */
  readonly onFailure: (event: SyncEvent, reason: string) => void;
}

export function createHookRunner({ hook, timeoutMs, onFailure }: HookRunnerOptions): HookRunner {
  const underWay = new Set<Promise<void>>();
  const timers: Timers = new Set();
  return {
    call: (event) => {
      try {
        const answer = hook(event.level, event.event, hookFields(event));
        if (!isPromise(answer)) return;
        const fail = (reason: string): void => onFailure(event, reason);
        const call = withinTime(answer, { timeoutMs, timers }, fail).finally(() =>
          underWay.delete(call),
        );
        underWay.add(call);
      } catch (error) {
        onFailure(event, messageOf(error));
      }
    },
    settled: async () => {
      // Somebody waits for them now: the process must live until they have had their time.
      for (const timer of timers) timer.ref();
      await Promise.all(underWay);
    },
  };
}

function hookFields({ fields, timeMs, runId }: SyncEvent): Fields {
  return { ...fields, timeMs, ...(runId === undefined ? {} : { runId }) };
}

/** Those of the calls under way. */
type Timers = Set<NodeJS.Timeout>;

/** Resolves in any case. Until `settled` is asked for, the timer does not keep a process alive that has nothing else to do. */
async function withinTime(
  answer: PromiseLike<unknown>,
  { timeoutMs, timers }: { readonly timeoutMs: number; readonly timers: Timers },
  fail: (reason: string) => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, `no answer within ${timeoutMs} ms`);
    timer.unref();
    timers.add(timer);
  });
  const reason = await Promise.race([answer.then(() => null, messageOf), late]);
  clearTimeout(timer);
  if (timer !== undefined) timers.delete(timer);
  if (reason !== null) fail(reason);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
