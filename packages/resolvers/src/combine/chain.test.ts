import type { Decision, ParkCause, Policy } from "@sync/model";
import { describe, expect, test } from "vitest";
import { NOW_MS, noteConflict } from "../../test/conflicts.ts";
import { park } from "../decisions.ts";
import { manual } from "../manual.ts";
import { preferA, preferB } from "../prefer-side.ts";
import { ResolverPolicy } from "../resolver-policy.ts";
import { chain } from "./chain.ts";

function parking(name: string, cause?: ParkCause): Policy {
  return { name, decide: () => park(`${name} parks.`, cause) };
}

async function decide(...policies: readonly Policy[]): Promise<Decision | undefined> {
  return chain(policies).decide(noteConflict(), { nowMs: NOW_MS });
}

describe("a chain", () => {
  test("takes the first decision, and asks no further", async () => {
    const never = new ResolverPolicy(() => {
      throw new Error("was asked");
    });
    expect(await decide(manual, preferA, preferB, never)).toMatchObject({
      type: "take",
      side: "a",
    });
  });

  test("parks where all do, with each reason once and the most telling cause", async () => {
    const skewed = parking("Two", "clock-skew");
    expect(await decide(parking("One"), skewed, parking("One"))).toEqual({
      type: "park",
      reason: "One parks. Two parks.",
      cause: "clock-skew",
    });
    const nonsense = parking("Three", "invalid");
    expect(await decide(skewed, nonsense)).toMatchObject({ cause: "invalid" });
    expect(await decide(manual)).not.toHaveProperty("cause");
  });

  test("goes on where a policy has no answer", async () => {
    const silent: Policy = { name: "silent", decide: () => undefined };
    expect(await decide(silent, preferB)).toMatchObject({ type: "take", side: "b" });
    expect(await decide(silent)).toMatchObject({ reason: "The policy silent gave no answer." });
  });

  test("stops at a policy that failed: whether a value is lost must not hang on a network", async () => {
    const failing = new ResolverPolicy(() => Promise.reject(new Error("no network")));
    expect(await decide(failing, preferB)).toMatchObject({ type: "park", cause: "failed" });
  });

  test("is asked again about what it parked when one of its policies changes", () => {
    const [one, two] = ["1", "2"].map((version) => new ResolverPolicy(() => "a", { version }));
    if (one === undefined || two === undefined) throw new Error("two versions");
    expect(chain([manual, one]).version).not.toBe(chain([manual, two]).version);
    expect(chain([manual, one]).name).toBe("manual,custom");
  });

  test("of nothing is refused", () => {
    expect(() => chain([])).toThrow(expect.objectContaining({ code: "SYNC_USAGE" }));
  });
});
