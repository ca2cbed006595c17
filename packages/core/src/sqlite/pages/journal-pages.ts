import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { JOURNAL } from "./format.ts";

/**
 * The pages that the present transaction changed, from its rollback journal, which holds each of them as it was
 * (https://www.sqlite.org/fileformat2.html, 3). Pages that are missing there were free before, or come behind
 * the end of the database. Called before the commit, which removes it. A journal carries no locks: it may
 * be opened and closed where SQLite has it open.
 *
 * @param most - reading so many would cost more than it saves
 * @returns `null`: they are too many, or it cannot be told
 */
export function pagesInJournal(path: string, most: number): Uint32Array | null {
  let file: number;
  try {
    file = openSync(`${path}-journal`, "r");
  } catch {
    return null;
  }
  try {
    const size = fstatSync(file).size;
    const read = (at: number, bytes: number): Buffer | null => {
      const into = Buffer.alloc(bytes);
      return readSync(file, into, 0, bytes, at) === bytes ? into : null;
    };
    return pagesIn({ size, read }, most);
  } finally {
    closeSync(file);
  }
}

interface Journal {
  readonly size: number;
  /** `null`: it ends before that. */
  readonly read: (at: number, bytes: number) => Buffer | null;
}

/** Segments follow each other, each with a header of its own, whenever SQLite had to make room in its cache. */
function pagesIn({ size, read }: Journal, most: number): Uint32Array | null {
  const pages: number[] = [];
  for (let at = 0; at < size;) {
    const header = read(at, JOURNAL.headerBytes);
    if (header === null) return null;
    // It gets its beginning, and the number of records, when the journal is synced: until then, all up to its end.
    const isOpen = header.subarray(0, JOURNAL.initial).every((byte) => byte === 0);
    if (!isOpen && header.toString("hex", 0, 8) !== JOURNAL.magic) return null;
    const sectorBytes = header.readUInt32BE(JOURNAL.sectorSize);
    const recordBytes = 4 + header.readUInt32BE(JOURNAL.pageSize) + 4;
    if (sectorBytes === 0 || recordBytes === 8) return null;
    const start = at + sectorBytes;
    const written = header.readUInt32BE(JOURNAL.records);
    const isLast = isOpen || written === JOURNAL.notCounted;
    const records = isLast ? Math.floor((size - start) / recordBytes) : written;
    if (pages.length + records > most) return null;
    for (let record = 0; record < records; record++) {
      const number = read(start + record * recordBytes, 4);
      if (number === null) return null;
      pages.push(number.readUInt32BE(0));
    }
    const end = start + records * recordBytes;
    if (isLast) return end === size ? Uint32Array.from(pages) : null;
    at = Math.ceil(end / sectorBytes) * sectorBytes;
  }
  return pages.length === 0 ? null : Uint32Array.from(pages);
}
