import type { PolicyName } from "./policies.ts";

/** A side of a pair, by its file: `a.db` is `a`, whatever order a run names them in. */
export type Side = "a" | "b";

export const SIDES: readonly Side[] = ["a", "b"];

/**
 * The history of one pair as plain text: it survives JSON, and a person can read it. Statements of
 * `schema` and `setup…` must succeed; a row or an edit that the database refuses is passed over, as an
 * application would show an error and go on.
 */
export interface Scenario {
  readonly schema: readonly string[];
  readonly rows: readonly string[];
  /** Run once on each side outside a transaction: journal mode, page size. */
  readonly setupA: readonly string[];
  readonly setupB: readonly string[];
  readonly steps: readonly Step[];
}

/** What happens to a pair, one thing after the other. A new kind of step is a line here, and one in `play.ts`. */
export type Step =
  /** One transaction of a user. */
  | { readonly do: "edit"; readonly side: Side; readonly sql: readonly string[] }
  | SyncStep
  /** Statements outside a transaction, such as VACUUM or another journal mode. */
  | { readonly do: "maintain"; readonly side: Side; readonly sql: string }
  /** The user's application opens the file and keeps it open, so that nothing is checkpointed. */
  | { readonly do: "hold"; readonly side: Side }
  | { readonly do: "release" }
  /** A copy of the file from before the last run takes its place, as a backup would. */
  | { readonly do: "put-back"; readonly side: Side }
  /** What was remembered about the pair is gone. */
  | { readonly do: "lose-state" };

export interface SyncStep {
  readonly do: "sync";
  readonly policy: PolicyName;
  readonly dryRun?: boolean;
  /** The call names `b.db` first. */
  readonly swapped?: boolean;
  /** As a process of its own, by the command; else by the API in this one. */
  readonly through?: "cli";
  /** Without it, a side that went back stops the run. */
  readonly lineage?: "accept" | "forget";
  /** Percent; without it 100: nothing is guarded. */
  readonly maxDelete?: number;
  /** By the pages that are remembered and read again, instead of comparing every row. */
  readonly scan?: "pages";
  /** Only tables whose place among all tables is in here, modulo their number. */
  readonly tables?: readonly number[];
}
