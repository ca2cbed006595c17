import type { Answer, Conflict, Decision, SqlValue } from "@sync/model";
import { sameValue } from "@sync/model";
import { hidesBytes } from "../columns/column-rule.ts";
import { park, quoted, take } from "../decisions.ts";

/** What one policy answered about some of the disputed columns. */
export interface Part {
  readonly policy: string;
  readonly columns: readonly string[];
  readonly answer: Answer;
}

/**
 * Makes one decision of several: the side that all of them took, else a row with each column's value.
 * Where one part parks, or answers something that is about a whole row, the whole conflict parks. Of a
 * row that a policy wrote, only the columns it was asked about are used.
 */
export function composeParts(parts: readonly Part[], conflict: Conflict): Decision {
  const parked = parts.filter(({ answer }) => answer === undefined || answer.type === "park");
  if (parked.length > 0) return parkAll(parked);
  const sides = new Set(parts.map(({ answer }) => (answer?.type === "take" ? answer.side : null)));
  const [side] = sides;
  const reason = reasonOf(parts);
  if (sides.size === 1 && side) return take(side, reason);
  const row: Record<string, SqlValue> = {};
  for (const part of parts) {
    for (const column of part.columns) {
      const value = valueOf(part, column, conflict);
      if (typeof value === "object" && value !== null && "problem" in value)
        return park(value.problem);
      row[column] = value;
    }
  }
  return { type: "write", row, reason };
}

interface Problem {
  readonly problem: string;
}

function valueOf(part: Part, column: string, conflict: Conflict): SqlValue | Problem {
  const { policy, answer } = part;
  const [a, b] = [conflict.a?.[column] ?? null, conflict.b?.[column] ?? null];
  if (answer?.type === "take") {
    // To name a value is to name its side, unless the two show the same text for different bytes.
    if (!sameValue(a, b) || !hidesBytes(a)) return answer.side === "a" ? a : b;
    return { problem: `The column ${quoted(column)} holds text that is not valid UTF-8.` };
  }
  if (answer?.type !== "write") {
    return {
      problem: `The policy ${policy} answered about the whole row where it was asked about single columns.`,
    };
  }
  const value = Object.hasOwn(answer.row, column) ? answer.row[column] : undefined;
  if (value !== undefined) return value;
  return { problem: `The policy ${policy} gave no value for the column ${quoted(column)}.` };
}

function parkAll(parked: readonly Part[]): Decision {
  const causes = parked.map(({ answer }) => (answer?.type === "park" ? answer.cause : undefined));
  // One that failed is asked again in the next run, and then so are all.
  const cause = causes.find((one) => one === "failed") ?? causes.find((one) => one !== undefined);
  return park(reasonOf(parked), cause);
}

function reasonOf(parts: readonly Part[]): string {
  const reasons = parts.map(
    ({ answer, policy }) => answer?.reason ?? `The policy ${policy} gave no reason.`,
  );
  return [...new Set(reasons)].join(" ");
}
