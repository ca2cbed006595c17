import type { BigIntStats } from "node:fs";

/** Which file it is, and when it was last written: another text after every write, as far as times can tell. */
export function signsOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}
