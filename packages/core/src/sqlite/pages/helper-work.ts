import type { MarkMemory } from "./page-marks.ts";
import type { ScannedTable, TableAnswer } from "./scan-request.ts";

/** A thread that takes its share of the work, if it is there in time. */
export interface Helper {
  /** Has it compare pages that nobody else has taken. */
  beginMarking(memory: MarkMemory): Helping<void>;
  /** Has it scan tables that nobody else has taken. */
  beginTables(share: TableShare, pages: SharedPages | null): Helping<readonly AnswerAt[]>;
}

/** Work that a thread was given. */
export interface Helping<Result> {
  /**
   * Waits for what the thread has taken; calls it off where it has not begun.
   *
   * @throws NotKnown where it could not do it
   */
  finish(): Result;
}

/** What is known about the pages, in memory that threads share. */
export interface SharedPages {
  readonly memory: MarkMemory;
  readonly overflowDiffers: boolean;
}

/** Tables that threads take one after the other, until none is left. */
export interface TableShare {
  readonly tables: readonly ScannedTable[];
  /** Places of the tables, the largest first: whoever begins with it does not end last by much. */
  readonly order: readonly number[];
  /** One Int32: how many of them are taken. */
  readonly taken: SharedArrayBuffer;
}

/** The answer about one of the tables. */
export interface AnswerAt {
  readonly place: number;
  readonly answer: TableAnswer;
}
