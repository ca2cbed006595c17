import type { PagesScan } from "./diff/plan-scan.ts";
import type { CandidateRows } from "./pages/scan-request.ts";
import type { SignedTree } from "./pages/sign-tree.ts";

/** What the pages of one side tell about a table since they were signed. */
export interface SideChanges extends SignedTree {
  /** Rows on pages that are not as they were. */
  readonly changed: CandidateRows;
}

/** What both sides' pages tell about a table, and what the pages cannot know. */
export interface ChangedPages {
  readonly a: SideChanges;
  readonly b: SideChanges;
  readonly scan: PagesScan;
  /** A table with the keys of rows that differ from the base without having changed; `null`: none. */
  readonly unsettled: string | null;
  /** A side had as many rows as the base when they were remembered, if it says how many. */
  readonly areCounted: boolean;
  /** No row of either side has NULL in its key, but for rows on pages that changed. */
  readonly isWithoutNull: boolean;
}
