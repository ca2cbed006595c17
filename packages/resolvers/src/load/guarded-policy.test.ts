import type { Policy } from "@sync/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NOW_MS, noteConflict } from "../../test/conflicts.ts";
import { ResolverPolicy } from "../resolver-policy.ts";
import { guardedPolicy } from "./guarded-policy.ts";

const never = (): Promise<never> => new Promise(() => {});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a policy without a limit of its own gets ten seconds", async () => {
  const policy: Policy = { name: "slow", decide: never };
  const decision = guardedPolicy(policy).decide(noteConflict(), { nowMs: NOW_MS });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await decision).toMatchObject({ type: "park", cause: "failed" });
});

test("a policy that limits itself gets the time that it allows itself", async () => {
  const policy = guardedPolicy(new ResolverPolicy(never, { name: "slow", timeoutMs: 30_000 }));
  const decision = policy.decide(noteConflict(), { nowMs: NOW_MS });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await decision).toMatchObject({
    reason: 'The policy "slow" failed: no answer within 30000 ms.',
  });
});

test("what a run asks about a policy is passed on", () => {
  const policy = new ResolverPolicy(() => "a", { name: "x", version: "2", needsTree: true });
  expect(guardedPolicy(policy)).toMatchObject({ name: "x", version: "2", needsTree: true });
});
