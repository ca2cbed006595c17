import { expect, onTestFinished, test } from "vitest";
import { playLive } from "../src/campaign/live.ts";
import { startSoak } from "../src/live/soak.ts";

/** A share that stays; how runs and edits meet is up to the machine. */
const SEED = 20_260_611;
const CASES = Number(process.env["SYNC_TORTURE_LIVE"] ?? 1);

test(
  "a pair that is watched while everything happens to it ends equal, and every value is accounted for",
  { timeout: 600_000 },
  async () => {
    const tally = await playLive({
      seed: SEED,
      isOver: ({ cases, failures }) => cases >= CASES || failures.length > 0,
      log: () => undefined,
    });
    expect(tally.failures).toEqual([]);
    expect(tally.seen.get("edit")).toBeGreaterThan(100);
    expect(tally.runs).toBeGreaterThan(0);
  },
);

test(
  "pairs that are watched take no more memory, files and threads the longer it goes",
  { timeout: 600_000 },
  async () => {
    const soak = await startSoak({ pairs: 8, pollMs: 20 });
    onTestFinished(soak.close);
    // What the first of everything loads and compiles stays.
    for (let time = 0; time < 3; time += 1) await soak.edit(8);
    await soak.looks(50);
    const first = soak.sample();
    for (let time = 0; time < 10; time += 1) await soak.edit(8);
    await soak.looks(200);
    const last = soak.sample();
    // A listener or timer left by each of 1600 looks would be some megabytes.
    expect(last.heapBytes - first.heapBytes).toBeLessThan(1_500_000);
    if (first.descriptors === null || last.descriptors === null) return;
    // Files are held for some seconds after an edit: at most both of each pair, with their journals.
    expect(last.descriptors).toBeLessThanOrEqual(first.descriptors + 8);
  },
);
