import { exitCodeOfSignal } from "./exit-codes.ts";
import type { EndSignal } from "./exit-codes.ts";

/** Listens for Ctrl-C and polite kills from its making until `stop`. */
export interface SignalListener {
  /** Aborts when the first signal comes; a run then rolls back, or finishes what cannot be cut short. */
  readonly signal: AbortSignal;
  /** The signal that came, if one did. */
  received(): EndSignal | null;
  stop(): void;
}

const END_SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM"];

/** The second signal ends the process at once: what it leaves, the next run repairs. */
export function listenForSignals(): SignalListener {
  const controller = new AbortController();
  let first: EndSignal | null = null;
  const hear = (signal: NodeJS.Signals): void => {
    // Only the two of END_SIGNALS are ever listened for.
    const heard = signal as EndSignal;
    if (first !== null) process.exit(exitCodeOfSignal(heard));
    first = heard;
    controller.abort();
  };
  for (const name of END_SIGNALS) process.on(name, hear);
  return {
    signal: controller.signal,
    received: () => first,
    stop: () => {
      for (const name of END_SIGNALS) process.off(name, hear);
    },
  };
}
