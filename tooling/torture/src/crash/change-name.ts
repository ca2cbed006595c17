import { basename } from "node:path";
import type { Interruptible } from "./crash-scenario.ts";

/**
 * Changes by names that outlive small changes of the product, as `sync state.sqlite-journal 3`: what is
 * done to which file, and the how-manieth time. In the order of the log; the last one is the end.
 */
export function changeNames({ entries, changes }: Interruptible): readonly string[] {
  const files = new Map(entries.map(({ inode, path }) => [inode, basename(path)]));
  const counts = new Map<string, number>();
  const names = changes.map((change) => {
    if (change.type === "create" || change.type === "mkdir") {
      files.set(change.inode, basename(change.path));
    }
    const file =
      "path" in change ? basename(change.path) : "inode" in change ? files.get(change.inode) : "";
    // A pair's folder is named by a hash of its path.
    const what = `${change.type} ${file?.replace(/^[0-9a-f]{32}$/, "pair-folder") ?? "?"}`;
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return `${what} ${count}`;
  });
  return [...names, "end"];
}

/** @returns the change's number, counted from 1; `null` where the run makes no such change any more */
export function pointOfChange(prepared: Interruptible, name: string): number | null {
  const place = changeNames(prepared).indexOf(name);
  return place < 0 ? null : place + 1;
}
