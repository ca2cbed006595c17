import type { Side } from "../scenario.ts";

/** What another process does to a pair while a run is under way, without waiting for any lock. */
export type Meddle =
  /** One transaction of a user. */
  | { readonly type: "edit"; readonly side: Side; readonly sql: readonly string[] }
  /** A statement outside a transaction, after which every row is what it was. */
  | { readonly type: "maintain"; readonly side: Side; readonly sql: string }
  /** A table gets a column; the user does the same to the other side once the run is over. */
  | { readonly type: "alter"; readonly side: Side; readonly sql: string }
  /** A transaction that stays open until the run is over. */
  | { readonly type: "lock"; readonly side: Side; readonly sql: string }
  /** Users who go on: one transaction each, with so many changes of the run between them. */
  | { readonly type: "writers"; readonly gap: number; readonly edits: readonly SideEdit[] }
  /** Somebody who takes locks and lets them go, over and over, on both sides, for so long. */
  | { readonly type: "storm"; readonly lastsMs: number; readonly seed: number }
  /** A second run of the same pair. */
  | { readonly type: "run" }
  /**
   * A side is one of another pair, too, whose other file comes into being here: both are run, the new file
   * is edited, and both are run again.
   */
  | { readonly type: "other pair"; readonly side: Side; readonly sql: readonly string[] };

export interface SideEdit {
  readonly side: Side;
  readonly sql: readonly string[];
}

/** A meddle at a point: before the change to a file that has this number, or this name (see `changeNames`). */
export interface Interference {
  readonly point: number;
  readonly meddle: Meddle;
  /** A slow disk: how long each of the run's changes takes at least. */
  readonly delayUs?: number;
}

/** Rows stay what they are: the pair must end as if nobody had been there. */
export function isNeutral({ type }: Meddle): boolean {
  return type === "maintain" || type === "lock" || type === "storm" || type === "run";
}
