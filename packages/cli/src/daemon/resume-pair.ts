import { resolve } from "node:path";
import { watcherOf } from "@sync/core";
import type { PairPaths } from "./control.ts";

/** Tells the watcher of a pair, if there is one, to look at it now. */
export async function resumePair(stateDir: string, { a, b }: PairPaths): Promise<void> {
  const socket = watcherOf(stateDir, [a, b])?.socket ?? null;
  if (socket === null) return;
  const { askWatcher } = await import("./ask-watcher.ts");
  await askWatcher(socket, { type: "resume", pairs: [{ a: resolve(a), b: resolve(b) }] });
}
