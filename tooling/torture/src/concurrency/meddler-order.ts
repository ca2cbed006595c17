import type { DatabaseDump } from "@sync/testkit";
import type { Side, SyncStep } from "../scenario.ts";
import type { Meddle } from "./meddle.ts";

/** What a process that meddles is told. */
export interface MeddlerOrder {
  readonly files: Readonly<Record<Side, string>>;
  readonly stateDir: string;
  /** The file of another pair, and what is remembered of that. */
  readonly other: OtherPair;
  readonly step: SyncStep;
  readonly meddle: Meddle;
  /** Where its answer goes. */
  readonly answer: string;
}

export interface OtherPair {
  readonly file: string;
  readonly stateDir: string;
}

/** What it says of itself. */
export interface MeddlerAnswer {
  /** `refused`: by a lock or a constraint; `code` says which, or how a run ended. */
  readonly type: "done" | "refused" | "failed";
  readonly code: string | null;
  /** The side that it changed, before and after. */
  readonly before: DatabaseDump | null;
  readonly after: DatabaseDump | null;
  /** A process that holds a lock until it is killed. */
  readonly holder: number | null;
}

/** Where the answer of the how-manieth time goes. */
export function answerFile({ answer }: Pick<MeddlerOrder, "answer">, time: number): string {
  return `${answer}.${time}`;
}
