import type { Pair } from "@sync/core";
import type { SyncReport } from "@sync/model";
import type { Outcomes } from "./outcomes.ts";

/** All that the text of a run is made from. */
export interface RunResult {
  readonly report: SyncReport;
  readonly outcomes: Outcomes;
  readonly pair: Pair;
  /** How the run was asked for, as far as the text depends on it. */
  readonly options: Readonly<{ base?: string; out?: string; table?: readonly string[] }>;
}
