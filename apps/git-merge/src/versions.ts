import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What git gives a driver: three files of its own, and where the file lies in the repository. */
export interface Versions {
  /** Empty where both sides added the file. */
  readonly ancestor: string;
  /** Also takes the result. */
  readonly ours: string;
  readonly theirs: string;
  readonly path: string;
}

/** Copies that may be changed, under names that a message can use. */
export interface Copies {
  /** `null` where both sides added the file. */
  readonly ancestor: string | null;
  readonly ours: string;
  readonly theirs: string;
}

/** Copies what git gave: its files are to be read only, but for the result. */
export function copyInto(folder: string, versions: Versions): Copies {
  const copy = (side: "ancestor" | "ours" | "theirs"): string => {
    const path = join(folder, `${side}.db`);
    copyFileSync(versions[side], path);
    return path;
  };
  const hasAncestor = statSync(versions.ancestor).size > 0;
  return {
    ancestor: hasAncestor ? copy("ancestor") : null,
    ours: copy("ours"),
    theirs: copy("theirs"),
  };
}
