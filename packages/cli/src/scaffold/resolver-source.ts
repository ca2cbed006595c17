import type { ResolverName } from "./resolver-name.ts";

/** The policy itself: a rule that is short, useful, and right when both sides are swapped. */
export function exampleSource({ policy }: ResolverName): string {
  return `import { ResolverPolicy } from "@sync/resolvers";
import type { ResolverDefinition } from "@sync/resolvers";

/** The columns that the rule looks at. INTEGER is a bigint, REAL a number, TEXT a string, BLOB a Uint8Array. */
interface Task {
  readonly id: bigint;
  readonly state: string;
}

/** From the beginning of a task to its end. */
const STATES = ["open", "started", "done"];

/**
 * The state that is further along wins. It answers "a" or "b" to take that side, a row to write that one, and
 * undefined to leave the conflict to the next policy or a person. Raise the version when the rule changes:
 * conflicts that wait are asked again then.
 */
export const policy: ResolverPolicy<Task> = new ResolverPolicy<Task>(
  ({ a, b }) => {
    // One side deleted the row: that is no question of states.
    if (a === null || b === null) return undefined;
    const [ofA, ofB] = [STATES.indexOf(a.state), STATES.indexOf(b.state)];
    if (ofA === -1 || ofB === -1 || ofA === ofB) return undefined;
    return ofA > ofB ? "a" : "b";
  },
  { name: ${JSON.stringify(policy)}, version: "1" },
);

/** What dbsync loads by name. The version is that of the interface you have read: a number, not a constant. */
export const resolver: ResolverDefinition = { apiVersion: 1, policy };
`;
}

/** Its tests: the laws that every policy keeps, and what this one is for. */
export function exampleTest(): string {
  return `import assert from "node:assert/strict";
import { test } from "node:test";
import { proveResolver } from "@sync/resolvers/testing";
import { policy } from "./index.js";

/** Rows like those of the table it is for: the laws are tried on conflicts about such rows. */
const ROWS = [
  { id: 7n, title: "Paint the fence", state: "open", updated_at: "2024-05-01 10:00:00" },
  { id: 8n, title: "Mow the lawn", state: "done", updated_at: "2024-05-02 10:00:00" },
];

test("it keeps the laws of a policy", async () => {
  await proveResolver(policy, { table: "tasks", rows: ROWS });
});

test("the state that is further along wins", async () => {
  const decision = await decide("started", "done");
  assert.equal(decision?.type, "take");
  assert.equal(decision?.type === "take" && decision.side, "b");
});

test("what it does not know waits", async () => {
  assert.equal((await decide("started", "lost"))?.type, "park");
});

async function decide(a: string, b: string): Promise<Awaited<ReturnType<typeof policy.decide>>> {
  const row = { id: 7n, state: "open" };
  return policy.decide(
    {
      table: "tasks",
      key: { id: 7n },
      kind: "update/update",
      base: row,
      a: { ...row, state: a },
      b: { ...row, state: b },
      disputed: ["state"],
      timestampColumn: null,
      generatedKey: true,
      hasBase: true,
      constraint: null,
      clockSkew: null,
    },
    { nowMs: 0 },
  );
}
`;
}
