import type { Image } from "../image.ts";
import { lockBytePage } from "../header.ts";
import type { PageHash } from "../page-hash.ts";

/** Pages read at a time, in bytes. */
const BATCH_BYTES = 2 ** 20;

/**
 * What every page of a database looked like when it was last read: eight bytes a page. Where the log does not
 * tell what was written, the pages themselves do.
 */
export class PageHashes {
  #hashes = new BigUint64Array(0);
  #count = 0;

  /** Nothing was read yet. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  forget(): void {
    this.#hashes = new BigUint64Array(0);
    this.#count = 0;
  }

  /** Reads all pages, and returns those that are not as they were. */
  scan(image: Image, hash: PageHash): Set<number> {
    const { pageSize } = image.header;
    const differing = new Set<number>();
    const batch = Buffer.allocUnsafeSlow(
      Math.max(1, Math.floor(BATCH_BYTES / pageSize)) * pageSize,
    );
    const atOnce = batch.length / pageSize;
    const lock = lockBytePage(image.header);
    this.#reserve(image.pageCount);
    for (let first = 1; first <= image.pageCount; first += atOnce) {
      const bytes = batch.subarray(0, Math.min(atOnce, image.pageCount - first + 1) * pageSize);
      image.read(first, bytes);
      for (let at = 0; at < bytes.length; at += pageSize) {
        const page = first + at / pageSize;
        // The lock-byte page holds nothing.
        if (page !== lock && this.#note(page, hash.of(bytes.subarray(at, at + pageSize))))
          differing.add(page);
      }
    }
    this.#count = image.pageCount;
    return differing;
  }

  /** Reads pages that were written. */
  note(image: Image, hash: PageHash, written: ReadonlySet<number>): void {
    const bytes = Buffer.allocUnsafe(image.header.pageSize);
    this.#reserve(image.pageCount);
    for (const page of written) {
      // A page at the end may have been given back since.
      if (page > image.pageCount) continue;
      image.read(page, bytes);
      this.#note(page, hash.of(bytes));
    }
    this.#count = image.pageCount;
  }

  /** @returns whether it is another one than before */
  #note(page: number, hash: bigint): boolean {
    const isOther = page > this.#count || this.#hashes[page] !== hash;
    this.#hashes[page] = hash;
    return isOther;
  }

  #reserve(pages: number): void {
    if (pages < this.#hashes.length) return;
    const larger = new BigUint64Array(Math.ceil((pages + 1) * 1.25));
    larger.set(this.#hashes);
    this.#hashes = larger;
  }
}
