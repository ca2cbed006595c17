/** The two running sums of a `-wal` file's checksums, unsigned. */
export interface Sums {
  first: number;
  second: number;
}

/**
 * Carries the sums over some bytes, a multiple of eight: two words at a time, each added to one sum
 * together with the other sum (https://www.sqlite.org/fileformat2.html#checksum_algorithm).
 */
export function addChecksum(bytes: Buffer, isLittleEndian: boolean, sums: Sums): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let { first, second } = sums;
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittleEndian) + first) >>> 0;
  }
  sums.first = first;
  sums.second = second;
}
