import type { Conflict, Decision, Policy, PolicyContext, Row, SqlValue } from "@sync/model";
import { SyncError } from "@sync/model";
import type { ConflictOf, MergeFunction, RowShape } from "./merge-function.ts";
import { readAnswer } from "./read-answer.ts";

export interface ResolverPolicyOptions {
  /** Stands in reports, the ledger and the inbox. Default `custom`. */
  readonly name?: string;
  /** Raise it when the function changes: conflicts that it parked are then asked again. */
  readonly version?: string;
  /** How long one conflict may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

// Long enough for a question over a network, short enough that one stuck call does not look like a hung run.
const DEFAULT_TIMEOUT_MS = 10_000;

// setTimeout fires at once for longer delays (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const MAX_TIMEOUT_MS = 2_147_483_647;

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
  readonly #merge: MergeFunction<R>;
  readonly #timeoutMs: number;

  /** @throws SyncError SYNC_USAGE when `name` is empty or `timeoutMs` is not between 1 and 2,147,483,647 */
  constructor(merge: MergeFunction<R>, options: ResolverPolicyOptions = {}) {
    const { name = "custom", version, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    if (typeof merge !== "function") throw usage("the first argument must be a function");
    if (name === "") throw usage("name must not be empty");
    if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw usage(`timeoutMs must lie between 1 and ${MAX_TIMEOUT_MS}`);
    }
    this.name = name;
    if (version !== undefined) this.version = version;
    this.#merge = merge;
    this.#timeoutMs = timeoutMs;
  }

  async decide(conflict: Conflict, context: PolicyContext): Promise<Decision> {
    try {
      return readAnswer(await this.#ask(conflict, context), conflict, this.name);
    } catch (error) {
      return {
        type: "park",
        reason: `The policy ${JSON.stringify(this.name)} failed: ${messageOf(error)}`,
        cause: "failed",
      };
    }
  }

  async #ask(conflict: Conflict, context: PolicyContext): Promise<unknown> {
    const controller = new AbortController();
    // The row type is the author's promise about the table; nothing here depends on it.
    const copy = frozenCopy(conflict) as unknown as ConflictOf<R>;
    const answer = this.#merge(copy, { ...context, signal: controller.signal });
    return withinTime(answer, this.#timeoutMs, controller);
  }
}

async function withinTime(
  answer: unknown,
  timeoutMs: number,
  controller: AbortController,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMs} ms.`);
      // First reject, then abort: the reason shall be the time limit, not what the function makes of the signal.
      reject(error);
      controller.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}

function frozenCopy(conflict: Conflict): Conflict {
  return Object.freeze({
    ...conflict,
    key: frozenRow(conflict.key),
    base: conflict.base && frozenRow(conflict.base),
    a: conflict.a && frozenRow(conflict.a),
    b: conflict.b && frozenRow(conflict.b),
    disputed: Object.freeze([...conflict.disputed]),
  });
}

/** A blob cannot be frozen; it is copied, so that writing into it stays without effect. */
function frozenRow(row: Row): Row {
  const copy: Record<string, SqlValue> = { ...row };
  for (const [column, value] of Object.entries(copy)) {
    if (value instanceof Uint8Array) copy[column] = Uint8Array.from(value);
  }
  return Object.freeze(copy);
}

/** One line of what was thrown, which may be anything, cut so that no stack or page of text ends up in a log. */
function messageOf(error: unknown): string {
  const message: unknown = error instanceof Error ? error.message : error;
  if (typeof message !== "string" || message.trim() === "")
    return "it threw something without a message.";
  return message
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 200);
}

function usage(what: string): SyncError {
  return new SyncError("SYNC_USAGE", `ResolverPolicy: ${what}.`);
}
