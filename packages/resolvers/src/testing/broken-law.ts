import { keyToText } from "@sync/model";
import type { Answer, Conflict, Row } from "@sync/model";

/** A resolver did what no resolver may. The message shows the conflict and the answer. */
export class BrokenLaw extends Error {
  override readonly name: string = "BrokenLaw";
  /** The law, as `resolverLaws` names it. */
  readonly law: string;
  readonly conflict: Conflict;

  constructor(law: string, what: string, conflict: Conflict) {
    super(`The resolver breaks the law "${law}": ${what}\n${conflictToText(conflict)}`);
    this.law = law;
    this.conflict = conflict;
  }
}

/** An answer for people. It shows values: this is a test, not a log. */
export function answerToText(answer: Answer): string {
  if (answer === undefined) return "undefined";
  if (answer.type === "write") return `write ${keyToText(answer.row)}`;
  return "side" in answer ? `${answer.type} ${answer.side}` : answer.type;
}

function conflictToText(conflict: Conflict): string {
  const { table, kind, key, base, a, b, disputed, constraint } = conflict;
  return [
    `  conflict: ${kind} in ${table}, ${keyToText(key)}`,
    `  disputed: ${disputed.join(", ")}`,
    `  base: ${rowToText(base)}`,
    `  a:    ${rowToText(a)}`,
    `  b:    ${rowToText(b)}`,
    ...(constraint === null ? [] : [`  breaks: ${constraint.text} on side ${constraint.side}`]),
  ].join("\n");
}

function rowToText(row: Row | null): string {
  return row === null ? "no row" : keyToText(row);
}
