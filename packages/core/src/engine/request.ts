import type { ConflictOutcome, Direction, SyncReport } from "@sync/model";
import type { TableOptions } from "../reconcile/merge.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { OneWay } from "../sqlite/one-way.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import type { SoftReference } from "../sqlite/rekey/key-references.ts";
import type { ClockSkew } from "./clock.ts";
import type { Chosen, PickOutcome } from "./chosen-rows.ts";
import type { LineageChoice, ScanChoice } from "./options.ts";
import type { RunFiles } from "./refuse-replaced.ts";
import type { RunSettings } from "./workspace.ts";

/** Everything one run needs to know, resolved: files found, sides in the order of the state. */
export interface RunRequest extends RunFiles {
  /** The caller's `a` is `b` here: messages that speak of sides speak the caller's way. */
  readonly swapped: boolean;
  readonly stateDir: string;
  readonly tables: readonly string[] | null;
  /** How the sides' tables are seen, in the caller's terms. */
  readonly view: ViewOptions;
  readonly dryRun: boolean;
  readonly lineage: LineageChoice | null;
  /** An explicit ancestor. */
  readonly ancestor: DatabaseFile | null;
  /** As the caller said it. */
  readonly direction: Direction;
  /** The same as the state names the sides; `null`: both are written. */
  readonly oneWay: OneWay | null;
  /** The person agreed to what a mirror overwrites. */
  readonly confirmed: boolean;
  /** `false` for a side that must stay as it is. */
  readonly writable: Readonly<Record<"a" | "b", boolean>>;
  readonly tableOptions: readonly TableOptions[];
  readonly references: readonly SoftReference[];
  readonly policy: { readonly name: string; readonly version: string | null };
  readonly startedMs: number;
  /** The rows that the run is limited to, with what a person decided about them; `null`: all rows. */
  readonly chosen: Chosen | null;
  /** How changes are looked for. */
  readonly scan: ScanChoice;
  readonly settings: RunSettings;
}

/** What a run gives back. */
export interface RunResult {
  readonly report: SyncReport;
  readonly outcomes: readonly ConflictOutcome[];
  readonly clockSkews: readonly ClockSkew[];
  /** What became of chosen rows. */
  readonly picks: readonly PickOutcome[];
}
