import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { Caller } from "../caller.ts";
import { converse } from "../converse.ts";
import type { RemoteCaller } from "../converse.ts";
import { lazily } from "../lazily.ts";
import type { Pair } from "../options.ts";
import { performCall } from "../perform-call.ts";
import type { Call } from "../protocol.ts";
import { startWorker } from "../workers.ts";
import { nameOf } from "./pair-name.ts";
import type { HeldQuestion } from "./held-pairs.ts";

/** Holds pairs, in threads or in this one: the part of the engine that knows which pair is where. */
export interface Holder {
  isHeld(pair: Pair): boolean;
  /** @throws SyncError where there are no two databases that could be */
  hold(pair: Pair): Promise<void>;
  /** Carries out a call about one pair where that pair is held. */
  perform(pair: Pair, call: Call, caller: RemoteCaller): Promise<unknown>;
  /** Questions asked in one turn of the event loop travel together. */
  hasChanged(question: HeldQuestion): Promise<boolean>;
  release(pair: Pair): Promise<void>;
  /** Waits for running calls, lets all pairs go, ends the threads. Idempotent. */
  close(): Promise<void>;
}

export interface HolderOptions {
  /** In threads of their own; else in this one. */
  readonly worker: boolean;
  readonly idleMs: number;
}

/** Runs are work for a processor, so that more threads than these only take memory. */
const MAX_THREADS = 4;

/** One place where pairs are held. */
interface Place {
  /** Names of the pairs that are here. */
  readonly pairs: Set<string>;
  perform(call: Call, caller: RemoteCaller): Promise<unknown>;
  close(): Promise<void>;
}

export function createHolder(options: HolderOptions): Holder {
  const places: Place[] = [];
  const byPair = new Map<string, Place>();
  const running = new Set<Promise<unknown>>();
  const maxPlaces = options.worker ? Math.min(MAX_THREADS, Math.max(2, availableParallelism())) : 1;
  const remove = (place: Place): void => {
    if (places.includes(place)) places.splice(places.indexOf(place), 1);
    for (const name of place.pairs) byPair.delete(name);
  };
  const forget = (place: Place, name: string): void => {
    byPair.delete(name);
    place.pairs.delete(name);
  };
  const open = (): Place => {
    const place = options.worker ? createThread(options, remove) : createHere(options);
    places.push(place);
    return place;
  };
  /** Where the pair is; else where it is least crowded. */
  const placeOf = (pair: Pair): Place => {
    const name = nameOf(pair);
    const known = byPair.get(name);
    if (known !== undefined) return known;
    const [roomiest] = places.toSorted((one, other) => one.pairs.size - other.pairs.size);
    const isRoomy = roomiest?.pairs.size === 0 || places.length >= maxPlaces;
    const place = roomiest !== undefined && isRoomy ? roomiest : open();
    place.pairs.add(name);
    byPair.set(name, place);
    return place;
  };
  const perform = async (place: Place, call: Call, caller: RemoteCaller): Promise<unknown> => {
    const work = place.perform(call, caller);
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  };
  const ask = createQuestionBatch(async (place: Place, questions: readonly HeldQuestion[]) => {
    const call: Call = { type: "have-changed", questions };
    // The thread returns what haveChanged returned.
    return (await perform(place, call, SILENT)) as readonly boolean[];
  });
  return {
    isHeld: (pair) => byPair.has(nameOf(pair)),
    hold: async (pair) => {
      const wasHeld = byPair.has(nameOf(pair));
      const place = placeOf(pair);
      try {
        await perform(place, { type: "hold", pair }, SILENT);
      } catch (error) {
        if (!wasHeld) forget(place, nameOf(pair));
        throw error;
      }
    },
    perform: async (pair, call, caller) => perform(placeOf(pair), call, caller),
    hasChanged: async (question) => ask(placeOf(question.pair), question),
    release: async (pair) => {
      const place = byPair.get(nameOf(pair));
      if (place === undefined) return;
      forget(place, nameOf(pair));
      await perform(place, { type: "release", pair }, SILENT);
    },
    close: async () => {
      await Promise.allSettled(running);
      byPair.clear();
      await Promise.all(places.splice(0).map(async (place) => place.close()));
    },
  };
}

/** For calls that tell nothing and ask nothing on their way. */
const SILENT: RemoteCaller = {
  signal: null,
  onProgress: () => undefined,
  ask: () => Promise.resolve([]),
  scanPages: () => Promise.resolve({ type: "not-known", reason: "none was wanted" }),
  give: () => Promise.resolve(),
};

/** A thread that holds some pairs. Calls run side by side in it; while there are none, it keeps nobody alive. */
function createThread({ idleMs }: HolderOptions, onLost: (place: Place) => void): Place {
  const worker: Worker = startWorker({ idleMs, readsPages: false });
  worker.unref();
  // Every call listens for the end of the thread.
  worker.setMaxListeners(0);
  let calls = 0;
  const place: Place = {
    pairs: new Set(),
    perform: async (call, caller) => {
      calls += 1;
      worker.ref();
      try {
        return await converse(worker, call, caller);
      } finally {
        calls -= 1;
        if (calls === 0) worker.unref();
      }
    },
    close: async () => {
      await place.perform({ type: "release-all" }, SILENT);
      await worker.terminate();
    },
  };
  worker.on("error", () => onLost(place));
  worker.on("exit", () => onLost(place));
  return place;
}

/** This thread. */
function createHere({ idleMs }: HolderOptions): Place {
  const held = lazily(async () => {
    const { createHeldPairs } = await import("./held-pairs.ts");
    return createHeldPairs({ idleMs });
  });
  const perform = async (call: Call, caller: RemoteCaller): Promise<unknown> => {
    const here: Caller = { ...caller, isCancelled: () => caller.signal?.aborted === true };
    return performCall(call, here, held);
  };
  return {
    pairs: new Set(),
    perform,
    close: async () => void (await perform({ type: "release-all" }, SILENT)),
  };
}

type Answerer = (place: Place, questions: readonly HeldQuestion[]) => Promise<readonly boolean[]>;

/** Puts questions that are asked together into one message for each place. */
function createQuestionBatch(
  answer: Answerer,
): (place: Place, question: HeldQuestion) => Promise<boolean> {
  interface Batch {
    readonly questions: HeldQuestion[];
    readonly answers: Promise<readonly boolean[]>;
  }
  const batches = new Map<Place, Batch>();
  const begin = (place: Place): Batch => {
    const questions: HeldQuestion[] = [];
    const answers = Promise.resolve().then(async () => {
      batches.delete(place);
      return answer(place, questions);
    });
    const batch = { questions, answers };
    batches.set(place, batch);
    return batch;
  };
  return async (place, question) => {
    const { questions, answers } = batches.get(place) ?? begin(place);
    const index = questions.push(question) - 1;
    return (await answers)[index] ?? true;
  };
}
