import type { Decision, ParkCause, Side } from "@sync/model";

/** The side wins. */
export function take(side: Side, reason: string): Decision {
  return { type: "take", side, reason };
}

/** The conflict waits for a person. */
export function park(reason: string, cause?: ParkCause): Decision {
  return cause === undefined ? { type: "park", reason } : { type: "park", reason, cause };
}

/** A name of the user's schema in a sentence. JSON's quoting keeps its control characters out of logs and terminals. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}
