import type { Decision } from "@sync/model";
import { park } from "./decisions.ts";

/** Parks what a policy failed at, with what it threw; the next run asks it again. */
export function failed(policyName: string, error: unknown): Decision {
  return park(`The policy ${JSON.stringify(policyName)} failed: ${messageOf(error)}`, "failed");
}

/** One line of what was thrown, which may be anything, cut so that no stack or page of text ends up in a log. */
export function messageOf(error: unknown): string {
  const message: unknown = error instanceof Error ? error.message : error;
  if (typeof message !== "string" || message.trim() === "")
    return "it threw something without a message.";
  return message
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 200);
}
