import { isBaseRight } from "./base.ts";
import { isInboxRight } from "./inbox.ts";
import { isLedgerRight } from "./ledger.ts";
import { isReportRight, isPolicyAskedRightly } from "./report.ts";
import type { Invariant } from "./run-view.ts";
import {
  areRowsRight,
  areSidesEqual,
  areSidesSound,
  isSchemaUntouched,
  onlyGoesUp,
} from "./sides.ts";
import { doesNothingTwice, leavesNothingBehind, writesNothingInVain } from "./traces.ts";

/** All that is checked after every run. A new invariant is a line here. */
export const INVARIANTS: readonly Invariant[] = [
  areRowsRight,
  areSidesSound,
  areSidesEqual,
  isSchemaUntouched,
  onlyGoesUp,
  isBaseRight,
  isInboxRight,
  isLedgerRight,
  isReportRight,
  isPolicyAskedRightly,
  leavesNothingBehind,
  writesNothingInVain,
  doesNothingTwice,
];
