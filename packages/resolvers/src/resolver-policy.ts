import type { Conflict, Decision, Policy, PolicyContext, Row } from "@sync/model";
import { SyncError } from "@sync/model";
import { frozenCopy } from "./frozen-copy.ts";
import type { ConflictOf, MergeFunction, RowShape } from "./merge-function.ts";
import { failed } from "./failed.ts";
import { readAnswer } from "./read-answer.ts";
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, withinTime } from "./within-time.ts";

/** What a merge function is called, and how long it may take. */
export interface ResolverPolicyOptions {
  /** Stands in reports, the ledger and the inbox. Default `custom`. */
  readonly name?: string;
  /** Raise it when the function changes: conflicts that it parked are then asked again. */
  readonly version?: string;
  /** How long one conflict may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Set it where the answer adds something up or makes something new (see `Policy.needsTree`). Default `false`. */
  readonly needsTree?: boolean;
}

/**
 * A policy made of your own merge function, where the rule depends on what the rows mean.
 *
 * `decide` never fails: where the function throws, takes too long or answers something that cannot be
 * written, the conflict is parked and the reason says why. A function that blocks the event loop
 * cannot be interrupted; its time limit holds only while it awaits something.
 */
export class ResolverPolicy<R extends RowShape<R> = Row> implements Policy {
  readonly name: string;
  readonly version?: string;
  readonly needsTree: boolean;
  readonly timeoutMs: number;
  readonly #merge: MergeFunction<R>;

  /** @throws SyncError SYNC_USAGE when `name` is empty or `timeoutMs` is not between 1 and 2,147,483,647 */
  constructor(merge: MergeFunction<R>, options: ResolverPolicyOptions = {}) {
    const { name = "custom", version, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.needsTree = options.needsTree === true;
    if (typeof merge !== "function") throw usage("the first argument must be a function");
    if (name === "") throw usage("name must not be empty");
    if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw usage(`timeoutMs must lie between 1 and ${MAX_TIMEOUT_MS}`);
    }
    this.name = name;
    if (version !== undefined) this.version = version;
    this.#merge = merge;
    this.timeoutMs = timeoutMs;
  }

  async decide(conflict: Conflict, context: PolicyContext): Promise<Decision> {
    try {
      return readAnswer(await this.#ask(conflict, context), conflict, this.name);
    } catch (error) {
      return failed(this.name, error);
    }
  }

  async #ask(conflict: Conflict, context: PolicyContext): Promise<unknown> {
    const controller = new AbortController();
    // The row type is the author's promise about the table; nothing here depends on it.
    const copy = frozenCopy(conflict) as unknown as ConflictOf<R>;
    const answer = this.#merge(copy, { ...context, signal: controller.signal });
    return withinTime(answer, this.timeoutMs, controller);
  }
}

function usage(what: string): SyncError {
  return new SyncError("SYNC_USAGE", `ResolverPolicy: ${what}.`);
}
