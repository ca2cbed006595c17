import { createLazySigner } from "../../sqlite/pages/page-signer.ts";
import { createFileSyncer } from "../../sqlite/file-syncer.ts";
import { findDatabase, refuseSameFile } from "../../sqlite/files.ts";
import type { RunFacilities } from "../facilities.ts";
import type { Pair } from "../options.ts";
import { HeldPair } from "./held-pair.ts";
import { nameOf } from "./pair-name.ts";
import type { Scope } from "./seen-scopes.ts";

/** A pair, and what about it is asked. */
export interface HeldQuestion {
  readonly pair: Pair;
  readonly scope: Scope;
}

/** The pairs that one thread holds. */
export interface HeldPairs {
  /** For each question whether the pair changed, see `HeldPair`; a pair that was not held is from now on. */
  haveChanged(questions: readonly HeldQuestion[]): readonly boolean[];
  /**
   * Holds a pair.
   *
   * @throws SyncError where there are no two databases that could be
   */
  hold(pair: Pair): void;
  /** Carries out a run of this scope. */
  run<Result>(
    { pair, scope }: HeldQuestion,
    work: (facilities: RunFacilities) => Promise<Result>,
  ): Promise<Result>;
  /** Waits for the pair's runs and lets its files go. */
  release(pair: Pair): Promise<void>;
  /** The same for all, and for what they share. Idempotent. */
  close(): Promise<void>;
}

/** How the pairs of a thread are held. */
export interface HeldPairsOptions {
  /** Files that nobody changed for so long are closed; 0: never. */
  readonly idleMs: number;
  readonly now?: () => number;
}

/** How often idle files are looked for. */
const TIDY_EVERY_MS = 250;

/** Starts with none. A timer looks for files to close while there are some; it keeps no process alive. */
export function createHeldPairs({ idleMs, now = Date.now }: HeldPairsOptions): HeldPairs {
  const pairs = new Map<string, HeldPair>();
  const syncer = createFileSyncer();
  const signer = createLazySigner();
  const settings = {
    idleMs,
    now,
    syncFiles: syncer.sync,
    pages: signer,
    random: Math.random,
  };
  let timer: NodeJS.Timeout | null = null;
  const get = (pair: Pair): HeldPair => {
    const name = nameOf(pair);
    const held = pairs.get(name) ?? new HeldPair(pair, settings);
    pairs.set(name, held);
    if (idleMs > 0)
      timer ??= setInterval(() => pairs.forEach((one) => one.tidy()), TIDY_EVERY_MS).unref();
    return held;
  };
  const stopTimer = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  return {
    haveChanged: (questions) => questions.map(({ pair, scope }) => get(pair).hasChanged(scope)),
    hold: (pair) => {
      const files = (["a", "b"] as const).map((side) => findDatabase(pair[side], { write: true }));
      const [a, b] = files;
      if (a !== undefined && b !== undefined) refuseSameFile(a, b);
      get(pair);
    },
    run: async ({ pair, scope }, work) => get(pair).run(scope, work),
    release: async (pair) => {
      const held = pairs.get(nameOf(pair));
      pairs.delete(nameOf(pair));
      if (pairs.size === 0) stopTimer();
      await held?.close();
    },
    close: async () => {
      stopTimer();
      const all = [...pairs.values()];
      pairs.clear();
      await Promise.all(all.map(async (held) => held.close()));
      syncer.close();
      signer.close();
    },
  };
}
