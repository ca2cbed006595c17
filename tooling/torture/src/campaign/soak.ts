import { startSoak } from "../live/soak.ts";
import type { Soak, SoakSample } from "../live/soak.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly pairs: number;
  readonly log: (line: string) => void;
}

/** A heap that is measured twice differs by what was compiled meanwhile. */
const MOST_HEAP_GROWTH = 2_000_000;
const MOST_CPU_SHARE = 0.01;
const SAMPLE_EVERY_MS = 10_000;

/**
 * Watches many pairs to which nothing happens, and measures what that takes: processor time, memory,
 * descriptors.
 *
 * @returns whether it stayed below one percent of a core and nothing grew
 */
export async function soak({ minutes, pairs, log }: SoakOptions): Promise<boolean> {
  const soaking = await startSoak({ pairs });
  try {
    log(`${pairs} pairs are being brought in step`);
    const first = await atRest(soaking);
    let last = first;
    log(line(first, first));
    const endMs = first.atMs + minutes * 60_000;
    while (last.atMs < endMs) {
      await new Promise((resolve) => {
        setTimeout(resolve, Math.min(SAMPLE_EVERY_MS, Math.max(endMs - last.atMs, 100)));
      });
      last = soaking.sample();
      log(line(first, last));
    }
    return judge(first, last, log);
  } finally {
    await soaking.close();
  }
}

/** Files that were held after the first runs are closed after a while; only then it rests. */
async function atRest(soaking: Soak): Promise<SoakSample> {
  let before = soaking.sample();
  for (;;) {
    await soaking.looks(1);
    const now = soaking.sample();
    if (now.descriptors === before.descriptors && now.threads === before.threads) return now;
    before = now;
  }
}

function judge(first: SoakSample, last: SoakSample, log: SoakOptions["log"]): boolean {
  const problems = [
    ...(cpuShare(first, last) < MOST_CPU_SHARE ? [] : ["it takes one percent of a core or more"]),
    ...(last.heapBytes - first.heapBytes < MOST_HEAP_GROWTH ? [] : ["the heap grows"]),
    ...((last.descriptors ?? 0) <= (first.descriptors ?? 0) ? [] : ["descriptors are left open"]),
    ...((last.threads ?? 0) <= (first.threads ?? 0) ? [] : ["threads are left"]),
  ];
  for (const problem of problems) log(`FAILED: ${problem}`);
  if (problems.length === 0) log("It stays as it is.");
  return problems.length === 0;
}

function cpuShare(first: SoakSample, last: SoakSample): number {
  return (last.cpuMs - first.cpuMs) / Math.max(last.atMs - first.atMs, 1);
}

function line(first: SoakSample, now: SoakSample): string {
  const seconds = ((now.atMs - first.atMs) / 1000).toFixed(0).padStart(5);
  const share = first === now ? "     –" : `${(cpuShare(first, now) * 100).toFixed(3)} %`;
  const heap = `${(now.heapBytes / 1e6).toFixed(2)} MB heap`;
  return `${seconds} s  ${share} of a core  ${heap}  ${now.descriptors ?? "?"} descriptors  ${now.threads ?? "?"} threads`;
}
