import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Where a file really is, through links; of one that is not there yet, where it would be. */
export function canonicalPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(canonicalPath(folder), basename(absolute));
  }
}
