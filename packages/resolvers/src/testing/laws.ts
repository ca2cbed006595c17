import { isDeepStrictEqual } from "node:util";
import { otherSide } from "@sync/model";
import type { Answer, Conflict, Side } from "@sync/model";
import { readPolicyAnswer } from "../read-answer.ts";
import { answerToText } from "./broken-law.ts";
import { mirrored, sameAnswer, swapped } from "./mirror.ts";

/** Puts a conflict to the resolver; never rejects. */
export type Ask = (conflict: Conflict) => Promise<Asked>;

export interface Asked {
  readonly answer: Answer;
  /** Why there is none. */
  readonly failure: string | null;
  readonly late: boolean;
}

/** What is wrong, as a sentence; `null` where the law holds. */
export type Breach = (ask: Ask, conflict: Conflict) => Promise<string | null>;

/** What must hold for every conflict. */
export interface Law {
  readonly name: string;
  readonly breach: Breach;
  /** Looking for a smaller conflict would take as long again for each try. */
  readonly isSlow?: true;
}

/** What every resolver must keep, in the order in which a breach is worth knowing. */
export const LAWS: readonly Law[] = [
  { name: "answers in time", breach: lateness, isSlow: true },
  { name: "answers without failing", breach: failure },
  { name: "answers what can be carried out", breach: nonsense },
  { name: "changes nothing in the conflict", breach: mutation },
  { name: "gives the same conflict the same answer", breach: indecision },
];

/** For a resolver that does not care for sides. */
export const SYMMETRY: Law = {
  name: "gives the mirrored answer when a and b are swapped",
  breach: partiality,
};

/** For a resolver that is named after a side. */
export function keepsSide(side: Side): Law {
  return {
    name: `never takes side ${otherSide(side)}`,
    breach: async (ask, conflict) => {
      const { answer } = await ask(conflict);
      return answer?.type === "take" && answer.side !== side
        ? `it is named after side ${side}, and answered ${answerToText(answer)}.`
        : null;
    },
  };
}

async function lateness(ask: Ask, conflict: Conflict): Promise<string | null> {
  const { late } = await ask(conflict);
  return late ? "there was no answer in time." : null;
}

async function failure(ask: Ask, conflict: Conflict): Promise<string | null> {
  const asked = await ask(conflict);
  if (asked.failure !== null) return `it failed: ${asked.failure}`;
  const { answer } = asked;
  return answer?.type === "park" && answer.cause === "failed"
    ? (answer.reason ?? "it failed.")
    : null;
}

async function nonsense(ask: Ask, conflict: Conflict): Promise<string | null> {
  const { answer } = await ask(conflict);
  const read = readPolicyAnswer(answer, conflict, "resolver");
  return read.type === "park" && read.cause === "invalid" ? (read.reason ?? "") : null;
}

async function mutation(ask: Ask, conflict: Conflict): Promise<string | null> {
  const given = structuredClone(conflict);
  await ask(given);
  return isDeepStrictEqual(given, conflict) ? null : "it changed the conflict that it was given.";
}

async function indecision(ask: Ask, conflict: Conflict): Promise<string | null> {
  const { answer } = await ask(structuredClone(conflict));
  const { answer: again } = await ask(conflict);
  if (sameAnswer(answer, again)) return null;
  return `it answered ${answerToText(answer)}, and then ${answerToText(again)}.`;
}

async function partiality(ask: Ask, conflict: Conflict): Promise<string | null> {
  const { answer } = await ask(conflict);
  const { answer: other } = await ask(swapped(conflict));
  if (sameAnswer(mirrored(answer), other)) return null;
  return `it answered ${answerToText(answer)}, and with a and b swapped ${answerToText(other)}.`;
}
