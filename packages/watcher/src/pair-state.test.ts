import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueMs, finishLook, newPair, startLook, wakePair } from "./pair-state.ts";
import type { LookOutcome, Pace, PairState } from "./pair-state.ts";

const TIMING: Pace = { debounceMs: 50, maxWaitMs: 1000, pollMs: 10_000, isEager: false };

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const gapMs = fc.integer({ min: 0, max: 30_000 });
const outcome: fc.Arbitrary<LookOutcome> = fc.oneof(
  fc.constant<LookOutcome>({ type: "nothing" }),
  fc.constant<LookOutcome>({ type: "done" }),
  fc.boolean().map((lasting): LookOutcome => ({ type: "failed", lasting })),
);

type Step =
  | { readonly type: "wake"; readonly gapMs: number }
  | {
      readonly type: "look";
      readonly gapMs: number;
      readonly outcome: LookOutcome;
      readonly random: number;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("wake" as const), gapMs }),
  fc.record({ type: fc.constant("look" as const), gapMs, outcome, random }),
);

/** A pair after any history, and the time then. It is not running. */
function play(steps: readonly Step[]): { state: PairState; nowMs: number } {
  let state = newPair(0);
  let nowMs = 0;
  for (const one of steps) {
    nowMs += one.gapMs;
    if (one.type === "wake") {
      state = wakePair(state, nowMs, "event");
    } else {
      state = startLook(state, nowMs, TIMING);
      state = finishLook(state, one.outcome, { nowMs, timing: TIMING, random: () => one.random });
    }
  }
  return { state, nowMs };
}

const history = fc.array(step, { maxLength: 30 }).map(play);
const due = (state: PairState): number => dueMs(state, TIMING) ?? Number.NaN;
const holds = { endOnFailure: true } as const;

describe("a pair", () => {
  test("is due at once when it is new", () => {
    expect(due(newPair(7))).toBe(7);
    expect(startLook(newPair(7), 7, TIMING).running).toMatchObject({
      urgency: "asked",
      eager: null,
    });
  });

  test("is never due while it is looked at, and always some time when it is not", () => {
    fc.assert(
      fc.property(history, ({ state, nowMs }) => {
        expect(dueMs(startLook(wakePair(state, nowMs, "asked"), nowMs, TIMING), TIMING)).toBeNull();
        // A poll after a quarter more than its time at the latest, however it stands.
        expect(due(state)).toBeLessThanOrEqual(nowMs + 1.25 * TIMING.pollMs);
      }),
      holds,
    );
  });

  test("that is woken during a look is looked at again", () => {
    fc.assert(
      fc.property(history, outcome, random, ({ state, nowMs }, end, chance) => {
        const looking = wakePair(startLook(state, nowMs, TIMING), nowMs + 5, "event");
        const after = finishLook(looking, end, {
          nowMs: nowMs + 9,
          timing: TIMING,
          random: () => chance,
        });
        // A failed run is not tried again in the same second.
        expect(due(after)).toBeLessThanOrEqual(nowMs + 9 + TIMING.maxWaitMs);
      }),
      holds,
    );
  });

  test("that is woken without an end is due at the ceiling, and after a lone wake-up soon", () => {
    fc.assert(
      fc.property(
        history,
        fc.array(fc.integer({ min: 20, max: 40 }), { minLength: 60, maxLength: 100 }),
        (past, gaps) => {
          const quiet = finishLook(
            startLook(past.state, past.nowMs, TIMING),
            { type: "done" },
            { nowMs: past.nowMs, timing: TIMING, random: () => 0 },
          );
          let { nowMs } = past;
          let state = wakePair(quiet, nowMs, "event");
          expect(due(state)).toBe(nowMs + TIMING.debounceMs);
          for (const gap of gaps) state = wakePair(state, (nowMs += gap), "event");
          expect(due(state)).toBeLessThanOrEqual(past.nowMs + TIMING.maxWaitMs);
        },
      ),
      holds,
    );
  });

  test("that somebody asks for is due at once, however it stands", () => {
    fc.assert(
      fc.property(history, ({ state, nowMs }) => {
        const asked = wakePair(state, nowMs, "asked");
        expect(due(asked)).toBeLessThanOrEqual(nowMs);
        expect(startLook(asked, nowMs, TIMING).running).toMatchObject({
          urgency: "asked",
          eager: null,
        });
      }),
      holds,
    );
  });

  test("knows since when something waits, until a run was made", () => {
    fc.assert(
      fc.property(history, ({ state, nowMs }) => {
        const woken = wakePair(state, nowMs, "event");
        expect(woken.waitingSinceMs).toBe(state.waitingSinceMs ?? nowMs);
        const failed = finishLook(
          startLook(woken, nowMs, TIMING),
          { type: "failed", lasting: false },
          { nowMs, timing: TIMING, random: () => 0 },
        );
        expect(failed.waitingSinceMs).toBe(woken.waitingSinceMs);
        const done = finishLook(
          startLook(failed, nowMs, TIMING),
          { type: "done" },
          { nowMs, timing: TIMING, random: () => 0 },
        );
        expect(done.waitingSinceMs).toBeNull();
      }),
      holds,
    );
  });
});

describe("a pair that fails", () => {
  const failing = (
    times: number,
    chance: number,
  ): { state: PairState; nowMs: number; waitsMs: number[] } => {
    let state = newPair(0);
    let nowMs = 0;
    const waitsMs: number[] = [];
    for (let time = 0; time < times; time += 1) {
      state = finishLook(
        startLook(state, nowMs, TIMING),
        { type: "failed", lasting: false },
        { nowMs, timing: TIMING, random: () => chance },
      );
      const { standing } = state;
      if (standing.type !== "backing-off") throw new Error("it should back off");
      waitsMs.push(standing.retryMs - nowMs);
      nowMs = standing.retryMs;
    }
    return { state, nowMs, waitsMs };
  };

  test("is tried again after waits that double up to five minutes, half of it by chance", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), random, (times, chance) => {
        const { waitsMs } = failing(times, chance);
        for (const [index, waitMs] of waitsMs.entries()) {
          const fullMs = Math.min(1000 * 2 ** index, 300_000);
          expect(waitMs).toBeGreaterThan(fullMs / 2 - 1);
          // With times this large a double has no room for the last fraction.
          expect(waitMs).toBeLessThanOrEqual(fullMs);
        }
      }),
      holds,
    );
  });

  test("is run when its time has come; before that only if its files changed, and never within a second", () => {
    const { state, nowMs } = failing(9, 0.5);
    expect(startLook(state, nowMs, TIMING).running).toMatchObject({
      urgency: "retry",
      eager: null,
    });
    const early = failing(9, 0.5);
    const failedMs =
      early.state.standing.type === "backing-off" ? early.state.standing.failedMs : 0;
    const woken = wakePair(early.state, failedMs + 10, "event");
    expect(due(woken)).toBe(failedMs + 1000);
    expect(startLook(woken, failedMs + 1000, TIMING).running).toMatchObject({
      urgency: "event",
      eager: null,
    });
  });

  test("is well after a run that ends well, and its next failure waits shortly again", () => {
    const { state, nowMs } = failing(9, 0);
    const well = finishLook(
      startLook(state, nowMs, TIMING),
      { type: "done" },
      { nowMs, timing: TIMING, random: () => 0 },
    );
    expect(well.standing).toEqual({ type: "well" });
    const again = finishLook(
      startLook(well, nowMs, TIMING),
      { type: "failed", lasting: false },
      { nowMs, timing: TIMING, random: () => 0 },
    );
    expect(again.standing).toMatchObject({ attempt: 1, retryMs: nowMs + 500 });
  });

  test("stays as it is where a look finds nothing changed", () => {
    const { state, nowMs } = failing(3, 0);
    const looked = finishLook(
      startLook(state, nowMs - 1, TIMING),
      { type: "nothing" },
      { nowMs: nowMs - 1, timing: TIMING, random: () => 0 },
    );
    expect(looked.standing).toEqual(state.standing);
    expect(looked.waitingSinceMs).toBe(state.waitingSinceMs);
  });
});

describe("a pair that waits for a person", () => {
  const paused = finishLook(
    startLook(newPair(0), 0, TIMING),
    { type: "failed", lasting: true },
    { nowMs: 0, timing: TIMING, random: () => 0.5 },
  );

  test("is not run again by time: a poll looks only at its files", () => {
    expect(paused.standing).toEqual({ type: "paused" });
    expect(due(paused)).toBe(TIMING.pollMs);
    expect(startLook(paused, TIMING.pollMs, TIMING).running).toMatchObject({
      urgency: "event",
      eager: null,
    });
  });

  test("is looked at when something is heard", () => {
    expect(due(wakePair(paused, 100, "event"))).toBe(150);
  });
});

test("a look that was too early to tell is followed by one when it no longer is", () => {
  const state = finishLook(
    startLook(newPair(0), 0, TIMING),
    { type: "too-young", untilMs: 2000 },
    { nowMs: 10, timing: TIMING, random: () => 0 },
  );
  expect(due(state)).toBe(2000 + TIMING.debounceMs);
  expect(startLook(state, 2050, TIMING).running).toMatchObject({ urgency: "event", eager: null });
});

describe("where somebody knows at once whether anything was committed, a pair", () => {
  const PACE: Pace = { ...TIMING, isEager: true };
  const at = (state: PairState): number => dueMs(state, PACE) ?? Number.NaN;
  const finish = (state: PairState, nowMs: number, type: "nothing" | "done"): PairState =>
    finishLook(startLook(state, nowMs, PACE), { type }, { nowMs, timing: PACE, random: () => 0 });
  const rested = finish(newPair(0), 0, "done");

  test("is looked at right after the first that is heard, again, and then once it is quiet", () => {
    let state = wakePair(rested, 1000, "event");
    expect(at(state)).toBe(1001);
    state = wakePair(finish(state, 1001, "nothing"), 1002, "event");
    for (const next of [1003, 1006, 1009, 1013, 1018, 1025, 1035, 1052]) {
      expect(at(state)).toBe(next);
      state = finish(state, next, "nothing");
    }
    expect(at(state)).toBe(state.pollMs);
  });

  test("is looked at anew after what is heard when the looks before are over", () => {
    let state = wakePair(rested, 1000, "event");
    for (let looks = 0; looks < 8; looks++) state = finish(state, at(state), "nothing");
    state = wakePair(state, 1040, "event");
    expect(at(state)).toBe(1041);
  });

  test("waits after a run as long as that took, or for quiet", () => {
    const looking = startLook(wakePair(rested, 1000, "event"), 1001, PACE);
    const end = (nowMs: number): PairState =>
      finishLook(looking, { type: "done" }, { nowMs, timing: PACE, random: () => 0 });
    expect(at(wakePair(end(1010), 1011, "event"))).toBe(1019);
    expect(at(wakePair(end(1010), 1040, "event"))).toBe(1041);
    expect(at(wakePair(end(1502), 1503, "event"))).toBe(1552);
  });

  test("is never due later than it were without", () => {
    fc.assert(
      fc.property(history, gapMs, ({ state, nowMs }, gap) => {
        const woken = wakePair(state, nowMs + gap, "event");
        expect(at(woken)).toBeLessThanOrEqual(due(woken));
      }),
      holds,
    );
  });

  test("that is woken is looked at with patience some time, whatever its looks find", () => {
    fc.assert(
      fc.property(history, ({ state, nowMs }) => {
        let woken = wakePair(state, nowMs, "event");
        for (let looks = 0; woken.wake !== null; looks += 1) {
          expect(looks).toBeLessThan(10);
          woken = finish(woken, at(woken), "nothing");
        }
      }),
      holds,
    );
  });
});
