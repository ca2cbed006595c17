import type { SyncReport } from "@sync/model";
import type { TableDescription } from "@sync/testkit";
import type { ExpectedRun } from "../model/expected-run.ts";
import type { PairModel } from "../model/pair-model.ts";
import type { Settled } from "../model/settle.ts";
import type { Trace } from "../run/world.ts";
import type { SidesView } from "../observe/sides.ts";
import type { StateView } from "../observe/state.ts";
import type { SyncStep } from "../scenario.ts";

/** One run that took effect (or a dry run): what was there, what was expected, what was seen. */
export interface RunView {
  readonly step: SyncStep;
  /** The same run was made just before, and nothing happened since. */
  readonly isRepeated: boolean;
  readonly tables: readonly TableDescription[];
  readonly before: SidesView;
  readonly after: SidesView;
  readonly state: StateView;
  readonly expected: ExpectedRun;
  /** The rule's outcome breaks a constraint, so that rows may have been left alone. */
  readonly mayRefuse: boolean;
  readonly settled: Settled;
  /** The model after the run. */
  readonly next: PairModel;
  readonly report: SyncReport;
  /** Conflicts put to the policy, by table; `null` where nobody listened. */
  readonly asked: ReadonlyMap<string, number> | null;
  /** Bytes of sides and state before and after; `null` where they could not be looked at. */
  readonly traces: { readonly before: Trace; readonly after: Trace } | null;
  /** Files beside the sides that have no business there. */
  readonly strayFiles: readonly string[];
}

/** Something that must hold after every run. */
export interface Invariant {
  /** Two or three words: it stands in summaries and saved cases. */
  readonly name: string;
  /** What is wrong, in words; empty when all is well. */
  check(run: RunView): readonly string[];
}
