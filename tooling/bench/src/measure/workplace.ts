import {
  constants,
  copyFileSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../data/pair.ts";

/** A folder for one run, with its own state, gone afterwards. */
export interface Workplace {
  readonly stateDir: string;
  /** Copies a database into the folder; the copy shares blocks with the original where the file system can. */
  clone(path: string, name: string): string;
  /** A path in the folder, where nothing is yet. */
  path(name: string): string;
}

/** Gives `use` a fresh workplace and removes it in the end. */
export async function inWorkplace<T>(use: (place: Workplace) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(cacheFolder(), "run-"));
  const place: Workplace = {
    stateDir: join(folder, "state"),
    clone: (path, name) => cloneFile(path, join(folder, name)),
    path: (name) => join(folder, name),
  };
  try {
    return await use(place);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Written through to the disk, so that the copying does not go on while the next command is timed. */
function cloneFile(from: string, to: string): string {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  const file = openSync(to, "r+");
  fsyncSync(file);
  closeSync(file);
  return to;
}
