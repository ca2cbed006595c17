import type { TableDescription } from "@sync/testkit";
import type { ExpectedRun } from "../model/expected-run.ts";
import type { PairModel } from "../model/pair-model.ts";
import type { SidesView } from "../observe/sides.ts";
import type { SyncStep } from "../scenario.ts";

/** Something that was seen and must not be. */
export interface Violation {
  /** Name of an invariant, or `error`. */
  readonly invariant: string;
  /** Place of the step in the scenario. */
  readonly step: number;
  readonly message: string;
}

/** A run about to be made. */
export interface Planned {
  readonly step: SyncStep;
  readonly isRepeated: boolean;
  readonly model: PairModel;
  readonly tables: readonly TableDescription[];
}

/** A run that was made, not judged yet. */
export interface MadeRun extends Planned {
  readonly before: SidesView;
  readonly after: SidesView;
  readonly expected: ExpectedRun;
  readonly mayRefuse: boolean;
}

/** What is to be said of a run, and what the pair remembers after it. */
export interface Outcome {
  readonly model: PairModel;
  readonly violations: readonly Omit<Violation, "step">[];
  readonly seen: readonly string[];
}
