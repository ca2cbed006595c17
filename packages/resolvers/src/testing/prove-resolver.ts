import type { Conflict, Policy, Row, Side } from "@sync/model";
import fc from "fast-check";
import { messageOf } from "../failed.ts";
import type { MergeFunction } from "../merge-function.ts";
import { ResolverPolicy } from "../resolver-policy.ts";
import { withinTime } from "../within-time.ts";
import { BrokenLaw } from "./broken-law.ts";
import { conflictsLike } from "./conflicts-like.ts";
import type { TableExample } from "./conflicts-like.ts";
import { LAWS, SYMMETRY, keepsSide } from "./laws.ts";
import type { Ask, Asked, Law } from "./laws.ts";
import { NOW_MS } from "./values-like.ts";

/** How to prove a resolver; everything may be left out. */
export interface ProofOptions extends Partial<TableExample> {
  /** The side that the resolver is named after. Without it, swapping `a` and `b` must swap the answer. */
  readonly sided?: Side;
  /** Conflicts tried for each law. Default 200. */
  readonly runs?: number;
  /** Milliseconds for one answer. Default 1,000. */
  readonly timeLimitMs?: number;
  /** Repeats a run: the seed stands in the error's message. */
  readonly seed?: number;
}

/** One thing that must hold for every conflict. */
export interface ResolverLaw {
  readonly name: string;
  /** @throws BrokenLaw with a conflict as small as could be found */
  readonly prove: () => Promise<void>;
}

const DEFAULT_RUNS = 200;
const DEFAULT_TIME_LIMIT_MS = 1000;

/** A table with every storage class in it, for resolvers that take any. */
const ANY_ROWS: readonly Row[] = [
  {
    id: 7n,
    title: "Milk and bread, for Monday",
    pieces: 12n,
    price: 9.95,
    tags: '["new","sale"]',
    photo: new Uint8Array([1, 2, 3]),
    updated_at: "2024-05-01 10:00:00",
  },
  {
    id: 8n,
    title: "Tea",
    pieces: 0n,
    price: 3,
    tags: null,
    photo: null,
    updated_at: "2024-05-01 11:00:00",
  },
];

/**
 * Proves that a resolver keeps the laws that every policy must keep, on made-up conflicts. Works in any
 * test runner: it returns, or it throws.
 *
 * `await proveResolver(policy, { rows: [{ id: 7n, pieces: 12n }] })`
 *
 * @throws BrokenLaw for the first law that does not hold, with a conflict as small as could be found
 */
export async function proveResolver(
  resolver: Policy | MergeFunction,
  options: ProofOptions = {},
): Promise<void> {
  for (const law of resolverLaws(resolver, options)) await law.prove();
}

/** The laws one by one, for a runner that shall show each: `test.each(resolverLaws(policy))`. */
export function resolverLaws(
  resolver: Policy | MergeFunction,
  options: ProofOptions = {},
): readonly ResolverLaw[] {
  const policy = typeof resolver === "function" ? new ResolverPolicy(resolver) : resolver;
  const limitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
  const sided = options.sided === undefined ? SYMMETRY : keepsSide(options.sided);
  const askResolver: Ask = async (conflict) => ask(policy, conflict, limitMs);
  return [...LAWS, sided].map((law) => ({
    name: law.name,
    prove: async () => prove(law, askResolver, options),
  }));
}

async function prove(law: Law, askResolver: Ask, options: ProofOptions): Promise<void> {
  const { rows = ANY_ROWS, runs = DEFAULT_RUNS, seed } = options;
  const property = fc.asyncProperty(conflictsLike({ ...options, rows }), async (conflict) => {
    const what = await law.breach(askResolver, conflict);
    if (what !== null) throw new BrokenLaw(law.name, what, conflict);
  });
  const parameters = {
    numRuns: runs,
    endOnFailure: law.isSlow === true,
    ...(seed === undefined ? {} : { seed }),
  };
  const run = await fc.check(property, parameters);
  if (!run.failed) return;
  // fast-check keeps what the smallest case threw.
  if (run.errorInstance instanceof BrokenLaw) {
    run.errorInstance.message += `\n  (to see it again: seed ${run.seed})`;
  }
  throw run.errorInstance;
}

async function ask(policy: Policy, conflict: Conflict, limitMs: number): Promise<Asked> {
  const controller = new AbortController();
  const startedMs = performance.now();
  try {
    const answer = policy.decide(conflict, { nowMs: NOW_MS });
    // A function that never awaits cannot be interrupted, but it can be timed.
    const late = performance.now() - startedMs > limitMs;
    // What is no decision is found by the law that looks for it.
    const given = (await withinTime(answer, limitMs, controller)) as Asked["answer"];
    return { answer: given, failure: null, late };
  } catch (error) {
    const late = controller.signal.aborted;
    return { answer: undefined, failure: late ? null : messageOf(error), late };
  }
}
