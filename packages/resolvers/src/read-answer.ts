import type { Conflict, Decision, ParkCause, Row, Side } from "@sync/model";
import { park } from "./decisions.ts";
import { holdsKey, rowProblem } from "./written-row.ts";

/** What is wrong with an answer, in words that stand after `The policy "x"`. */
interface Problem {
  readonly problem: string;
}

type Fields = Readonly<Record<string, unknown>>;

const DEFAULT_REASONS: Record<Decision["type"], string> = {
  take: "takes this side",
  write: "merges the two rows",
  delete: "deletes the row",
  rekey: "gives the row of one side a fresh key",
  park: "leaves the conflict to a person",
};

/**
 * Turns whatever a merge function returned into a decision that can be carried out. What cannot be is
 * parked and the reason says why; every decision that leaves here has a reason.
 */
export function readAnswer(answer: unknown, conflict: Conflict, policyName: string): Decision {
  const policy = `The policy ${JSON.stringify(policyName)}`;
  if (answer === undefined || answer === null) return park(`${policy} gave no answer.`);
  const read = decisionOrProblem(answer, conflict);
  if ("problem" in read) return park(`${policy} ${read.problem}.`, "invalid");
  if (read.reason !== undefined && read.reason.trim() !== "") return read;
  return { ...read, reason: `${policy} ${DEFAULT_REASONS[read.type]}.` };
}

/**
 * The same for what a policy returned, which unlike a function's row may leave out the key: columns that
 * are not given keep what is not in dispute.
 */
export function readPolicyAnswer(
  answer: unknown,
  conflict: Conflict,
  policyName: string,
): Decision {
  const row = writtenRow(answer);
  if (row === null || Object.keys(conflict.key).some((column) => Object.hasOwn(row, column))) {
    return readAnswer(answer, conflict, policyName);
  }
  // The key is added to be checked like any other row, and taken away again.
  const { reason } = answer as Fields;
  const whole = { type: "write", row: { ...row, ...conflict.key }, reason };
  const read = readAnswer(whole, conflict, policyName);
  // `readAnswer` has found nothing wrong with the row's values.
  return read.type === "write" ? { ...read, row: row as Row } : read;
}

function writtenRow(answer: unknown): Fields | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { type, row } = answer as Fields;
  return type === "write" && typeof row === "object" && row !== null ? { ...row } : null;
}

function decisionOrProblem(answer: unknown, conflict: Conflict): Decision | Problem {
  if (isSide(answer)) return { type: "take", side: answer };
  if (typeof answer !== "object" || answer === null)
    return { problem: `answered with a ${typeof answer} that is not "a" or "b"` };
  const fields: Fields = { ...answer };
  if (holdsKey(fields, conflict)) return writeOrProblem(fields, conflict);
  return readDecision(fields, conflict);
}

function readDecision(fields: Fields, conflict: Conflict): Decision | Problem {
  const { type, side, row, reason, cause } = fields;
  if (reason !== undefined && typeof reason !== "string")
    return { problem: "gave a reason that is not a text" };
  const because = reason === undefined ? {} : { reason };
  switch (type) {
    case "rekey":
      if (conflict.kind !== "insert/insert" || !conflict.generatedKey) {
        return {
          problem: 'answered "rekey" where there are no two new rows under one generated key',
        };
      }
      return readSided("rekey", side, because);
    case "take":
      return readSided("take", side, because);
    case "write":
      if (typeof row !== "object" || row === null)
        return { problem: 'answered "write" without a row' };
      return { ...writeOrProblem({ ...row }, conflict), ...because };
    case "delete":
      return { type, ...because };
    case "park":
      return { type, ...because, ...(isCause(cause) ? { cause } : {}) };
    default:
      return { problem: "answered with neither a decision nor a row that has the conflict's key" };
  }
}

function readSided(
  type: "take" | "rekey",
  side: unknown,
  because: { readonly reason?: string },
): Decision | Problem {
  return isSide(side)
    ? { type, side, ...because }
    : { problem: `answered "${type}" without a side` };
}

function writeOrProblem(row: Fields, conflict: Conflict): Decision | Problem {
  if (!holdsKey(row, conflict))
    return { problem: "answered with a row that does not have the conflict's key" };
  const problem = rowProblem(row, conflict);
  // `rowProblem` has looked at every value.
  return problem === null ? { type: "write", row: row as Row } : { problem };
}

function isSide(value: unknown): value is Side {
  return value === "a" || value === "b";
}

function isCause(value: unknown): value is ParkCause {
  return value === "failed" || value === "invalid" || value === "clock-skew";
}
