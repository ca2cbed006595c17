/** A page of a b-tree, by places in the file (https://sqlite.org/fileformat2.html, 1.6). */
export interface TreePage {
  /** Where the page begins, and where its header does: after the database's own on the first page. */
  readonly start: number;
  readonly header: number;
  readonly isInterior: boolean;
  readonly cells: number;
  /** Where the cells' offsets stand, two bytes each. */
  readonly pointers: number;
}

/** A file that says nonsense is taken for one of small pages. */
export function pageSize(bytes: Buffer): number {
  const said = bytes.length >= 18 ? bytes.readUInt16BE(16) : 0;
  if (said === 1) return 65_536;
  return said >= 512 && (said & (said - 1)) === 0 ? said : 512;
}

export function pageCount(bytes: Buffer): number {
  return Math.max(Math.floor(bytes.length / pageSize(bytes)), 1);
}

/** Pages that look like one of a tree; some of them may be overflow pages by chance. */
export function treePages(bytes: Buffer): TreePage[] {
  const size = pageSize(bytes);
  return Array.from({ length: pageCount(bytes) }, (_, page) => page * size).flatMap((start) => {
    const header = start === 0 ? 100 : start;
    const type = bytes[header] ?? 0;
    if (![2, 5, 10, 13].includes(type) || header + 12 > bytes.length) return [];
    const isInterior = type === 2 || type === 5;
    const cells = bytes.readUInt16BE(header + 3);
    return [{ start, header, isInterior, cells, pointers: header + (isInterior ? 12 : 8) }];
  });
}

export function cellOffsets(bytes: Buffer, { start, cells, pointers }: TreePage): number[] {
  return Array.from({ length: cells }, (_, cell) => pointers + 2 * cell)
    .filter((at) => at + 2 <= bytes.length)
    .map((at) => start + bytes.readUInt16BE(at))
    .filter((at) => at + 16 <= bytes.length);
}
