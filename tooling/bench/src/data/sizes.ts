/** How large a pair of databases is. */
export interface Size {
  /** Stands in folders and ids. */
  readonly name: string;
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

/**
 * A pair of so many times 265 MB, with the same share of differences everywhere: 0.2 %. Every number that is
 * multiplied has to stay whole: fiftieths do.
 */
function scaled(name: string, scale: number): Size {
  const times = (count: number): number => Math.round(count * scale);
  const changes = (updated: number, other: number): TableChanges => ({
    updated: times(updated),
    deleted: times(other),
    inserted: times(other),
  });
  return {
    name,
    notes: times(1_000_000),
    lines: times(500_000),
    contacts: times(300_000),
    changes: {
      notes: changes(1500, 300),
      lines: changes(700, 150),
      contacts: changes(500, 100),
    },
  };
}

/** A few megabytes: does everything run? */
export const SMOKE: Size = scaled("smoke", 0.02);

/** About 265 MB a file and 3,800 differences: the numbers to beat are for these. */
export const STANDARD: Size = scaled("standard", 1);

/** How cost grows: 10 MB, 64 MB. */
export const SMALL: readonly Size[] = [scaled("10mb", 0.04), scaled("64mb", 0.24)];

/** About 4 GB a file. */
export const LARGE: Size = scaled("4gb", 15);

/** What ids of a size's results end with. */
export function suffixOf({ name }: Size): string {
  return name === STANDARD.name || name === SMOKE.name ? "" : `-${name}`;
}

export function rowsOf(size: Size): number {
  return size.notes + size.lines + size.contacts;
}

/** All differences of a pair. */
export function changesOf(size: Size): number {
  return Object.values(size.changes)
    .flatMap((table) => [table.updated, table.deleted, table.inserted])
    .reduce((sum, count) => sum + count, 0);
}
