import { setTimeout as pause } from "node:timers/promises";
import { randomShares } from "../crash/random-shares.ts";
import { createChance } from "../fuzz/chance.ts";
import type { Chance } from "../fuzz/chance.ts";
import { isEqual, judgeLive } from "../live/judge-live.ts";
import { MISCHIEF, setWritable } from "../live/mischief.ts";
import { createUsers } from "../live/users.ts";
import type { Users } from "../live/users.ts";
import { layOutPair } from "../live/watched-pair.ts";
import type { WatchedPair } from "../live/watched-pair.ts";
import type { CampaignOptions } from "./sequences.ts";
import { countSeen, createTally, signatureOf } from "./tally.ts";
import type { Tally } from "./tally.ts";

/** Long enough for every sort of mischief to meet every other. */
const STEPS_PER_CASE = 200;
const EDITS_SHARE = 0.8;
// A retry after a minute of failures comes within this; a watcher that was started anew has none.
const SETTLE_MS = 180_000;

/**
 * Edits both sides of a pair that a real watcher keeps in step, while it is killed and its files are
 * replaced, checkpointed, vacuumed, switched and made read-only. In the end everything must be equal,
 * and every value accounted for. How it goes depends on timing: a seed repeats what is done, not when.
 */
export async function playLive(options: CampaignOptions): Promise<Tally> {
  const tally = createTally();
  for (let at = 0; !options.isOver(tally); at += 1) {
    const seed = (options.seed + at) | 0;
    const pair = layOutPair();
    try {
      const problems = await playCase(pair, createChance(randomShares(seed)), { tally, options });
      tally.cases += 1;
      tally.runs += pair.said().match(/→ [ab]/g)?.length ?? 0;
      countSeen(tally, pair.said().match(/SYNC_\w+|works again|conflicts? waits?/g) ?? []);
      for (const message of problems) {
        const signature = signatureOf("live", message);
        tally.failures.push({ signature, message, file: null });
        options.log(`seed ${seed}: ${message}\n${pair.said()}`);
      }
    } finally {
      await pair.remove();
    }
  }
  return tally;
}

interface Course {
  readonly tally: Tally;
  readonly options: CampaignOptions;
}

async function playCase(
  pair: WatchedPair,
  chance: Chance,
  { tally, options }: Course,
): Promise<string[]> {
  const users = createUsers(pair, chance);
  await pair.start();
  for (let step = 0; step < STEPS_PER_CASE && !options.isOver(tally); step += 1) {
    const side = chance.of(["a", "b"] as const);
    if (chance.share() < EDITS_SHARE) {
      countSeen(tally, [users.edit(side) ? "edit" : "edit refused"]);
    } else {
      const name = chance.of(Object.keys(MISCHIEF));
      await MISCHIEF[name]?.(pair, side, chance);
      countSeen(tally, [name]);
    }
    // So that edits and mischief meet runs in every state; without it they would all come before the first.
    await pause(chance.below(100));
  }
  return settle(pair, users);
}

async function settle(pair: WatchedPair, users: Users): Promise<string[]> {
  setWritable(pair, true);
  await pair.kill();
  await pair.start();
  const endMs = Date.now() + SETTLE_MS;
  let isSettled = await isEqual(pair);
  while (!isSettled && Date.now() < endMs) {
    await pause(50);
    isSettled = await isEqual(pair);
  }
  await pair.kill();
  const problems = await judgeLive(pair, users);
  return isSettled ? problems : ["the sides did not become equal in three minutes", ...problems];
}
