import type { Conflict, Decision, Row, Side } from "@sync/model";
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
  const read = decisionOrProblem(answer, conflict);
  if ("problem" in read) return { type: "park", reason: `${policy} ${read.problem}.` };
  if (read.reason !== undefined && read.reason.trim() !== "") return read;
  return { ...read, reason: `${policy} ${DEFAULT_REASONS[read.type]}.` };
}

function decisionOrProblem(answer: unknown, conflict: Conflict): Decision | Problem {
  if (answer === undefined || answer === null) return { problem: "gave no answer" };
  if (isSide(answer)) return { type: "take", side: answer };
  if (typeof answer !== "object")
    return { problem: `answered with a ${typeof answer} that is not "a" or "b"` };
  const fields: Fields = { ...answer };
  if (holdsKey(fields, conflict)) return writeOrProblem(fields, conflict);
  return readDecision(fields, conflict);
}

function readDecision(fields: Fields, conflict: Conflict): Decision | Problem {
  const { type, side, row, reason } = fields;
  if (reason !== undefined && typeof reason !== "string")
    return { problem: "gave a reason that is not a text" };
  const because = reason === undefined ? {} : { reason };
  switch (type) {
    case "take":
    case "rekey":
      return isSide(side)
        ? { type, side, ...because }
        : { problem: `answered "${type}" without a side` };
    case "write":
      if (typeof row !== "object" || row === null)
        return { problem: 'answered "write" without a row' };
      return { ...writeOrProblem({ ...row }, conflict), ...because };
    case "delete":
    case "park":
      return { type, ...because };
    default:
      return { problem: "answered with neither a decision nor a row that has the conflict's key" };
  }
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
