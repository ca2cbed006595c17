/** How large a pair of databases is. */
export interface Size {
  readonly name: "smoke" | "standard" | "large";
  /** Rows under an integer key. */
  readonly notes: number;
  /** Rows under a composite key, WITHOUT ROWID. */
  readonly lines: number;
  /** Rows under a text key. */
  readonly contacts: number;
  /** Differences between the two: two thirds updates, the rest deletes and inserts. */
  readonly changes: Changes;
}

/** Differences by table. */
export type Changes = Readonly<Record<"notes" | "lines" | "contacts", TableChanges>>;

export interface TableChanges {
  readonly updated: number;
  readonly deleted: number;
  readonly inserted: number;
}

/** A few megabytes: does everything run? */
export const SMOKE: Size = {
  name: "smoke",
  notes: 10_000,
  lines: 5_000,
  contacts: 3_000,
  changes: {
    notes: { updated: 100, deleted: 20, inserted: 20 },
    lines: { updated: 50, deleted: 10, inserted: 10 },
    contacts: { updated: 40, deleted: 5, inserted: 5 },
  },
};

/** About 267 MB a file and 3,800 differences: the numbers to beat are for these. */
export const STANDARD: Size = {
  name: "standard",
  notes: 1_000_000,
  lines: 500_000,
  contacts: 300_000,
  changes: {
    notes: { updated: 1500, deleted: 300, inserted: 300 },
    lines: { updated: 700, deleted: 150, inserted: 150 },
    contacts: { updated: 500, deleted: 100, inserted: 100 },
  },
};

/** About 1 GB a file, the same share of differences: for memory. */
export const LARGE: Size = {
  name: "large",
  notes: 3_750_000,
  lines: 1_875_000,
  contacts: 1_125_000,
  changes: {
    notes: { updated: 5625, deleted: 1125, inserted: 1125 },
    lines: { updated: 2625, deleted: 562, inserted: 562 },
    contacts: { updated: 1875, deleted: 375, inserted: 375 },
  },
};

export function rowsOf(size: Size): number {
  return size.notes + size.lines + size.contacts;
}

/** All differences of a pair. */
export function changesOf(size: Size): number {
  return Object.values(size.changes)
    .flatMap((table) => [table.updated, table.deleted, table.inserted])
    .reduce((sum, count) => sum + count, 0);
}
