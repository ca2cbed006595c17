import { EVERYWHERE, MOST_KEY_GAPS } from "../key-gap.ts";
import type { KeyGap } from "../key-gap.ts";
import type { Gap } from "../sign-tree.ts";
import type { TreeChange } from "./tree-change.ts";

/** What happened to a tree since some moment. */
export interface Since {
  /** The name of that moment. */
  readonly token: string;
  /** Pages with rows that were read anew since then. */
  readonly dirty: Set<number>;
  readonly gaps: Gap[];
  readonly keyGaps: KeyGap[];
  readonly rowsBefore: number;
  isUnchanged: boolean;
}

/**
 * Two moments of a tree by which changes are asked for: the one that the asker's base agrees with, and the
 * one of the last answer, with which it will agree if it takes that answer. Which of them holds the next
 * question says.
 */
export class Marks {
  #settled: Since | null = null;
  #latest: Since | null = null;

  /** Notes a change since both. */
  note(
    { read, left, gaps, keyGaps }: TreeChange,
    isUnit: (page: TreeChange["read"][number]) => boolean,
  ): void {
    for (const since of [this.#settled, this.#latest]) {
      if (since === null) continue;
      since.isUnchanged = false;
      for (const page of left) since.dirty.delete(page);
      for (const page of read) if (isUnit(page)) since.dirty.add(page.number);
      for (const gap of gaps) since.gaps.push(gap);
      for (const gap of keyGaps) since.keyGaps.push(gap);
      if (since.keyGaps.length > MOST_KEY_GAPS) {
        since.keyGaps.length = 0;
        since.keyGaps.push(...EVERYWHERE);
      }
    }
  }

  /** What happened since a moment; `null`: it is none of the two. From then on it is the settled one. */
  since(token: string | null): Since | null {
    if (token !== null && this.#latest?.token === token) this.#settled = this.#latest;
    if (token === null || this.#settled?.token !== token) this.#settled = null;
    return this.#settled;
  }

  /** The present moment gets a name, in place of the one before it. */
  begin(token: string, rows: number): void {
    this.#latest = {
      token,
      dirty: new Set(),
      gaps: [],
      keyGaps: [],
      rowsBefore: rows,
      isUnchanged: true,
    };
  }
}
