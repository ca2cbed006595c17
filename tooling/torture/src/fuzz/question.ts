import type { PolicyName } from "../policies.ts";
import type { Side } from "../scenario.ts";

/** What only looks; it may not change a byte. */
export const READING_CALLS = [
  "diff",
  "diff by pages",
  "patch",
  "validate",
  "inbox",
  "ledger",
  "dry run",
] as const;

export type Call = (typeof READING_CALLS)[number] | "sync" | "sync by pages" | "sync, forgetting";

/** One call of the product on a pair. */
export interface Question {
  readonly call: Call;
  readonly files: Readonly<Record<Side, string>>;
  readonly stateDir: string;
  readonly policy: PolicyName;
}

/** How it went. */
export type Answer =
  | { readonly type: "done" }
  /** An error of the product's own. */
  | { readonly type: "stopped"; readonly code: string; readonly message: string }
  /** Any other one. */
  | { readonly type: "exception"; readonly message: string }
  /** The process ended without an answer. */
  | { readonly type: "died"; readonly message: string }
  | { readonly type: "hung" };
