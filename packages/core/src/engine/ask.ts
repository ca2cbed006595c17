import type { Conflict, Decision, Policy } from "@sync/model";

/** Puts conflicts to the policy, wherever it runs; one answer for each, in order. Never rejects. */
export type Ask = (conflicts: readonly Conflict[]) => Promise<readonly (Decision | undefined)[]>;

/** Asks a policy in this thread. One that throws parks its conflict with the reason. */
export function askHere(policy: Policy, nowMs: number): Ask {
  return async (conflicts) => {
    const answers: (Decision | undefined)[] = [];
    for (const conflict of conflicts) answers.push(await askOne(policy, conflict, nowMs));
    return answers;
  };
}

async function askOne(
  policy: Policy,
  conflict: Conflict,
  nowMs: number,
): Promise<Decision | undefined> {
  try {
    return await policy.decide(conflict, { nowMs });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { type: "park", reason: `${policy.name} failed: ${text}`, cause: "failed" };
  }
}
