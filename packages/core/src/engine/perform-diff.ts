import type { RowDiff } from "@sync/model";
import { readOptions, throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { DiffOptions } from "./compare.ts";
import { diffDatabases, diffPatch, diffRows } from "./diff.ts";
import type { DiffCall } from "./protocol.ts";

/** Items handed over at a time. */
const CHUNK = 256;

/** Carries a comparison out. The result is what the engine's method of that name returns. */
export async function performDiff(
  { type, pair, read }: DiffCall,
  caller: Caller,
): Promise<unknown> {
  const options: DiffOptions = {
    ...readOptions(read, caller),
    ...(read.scansPages ? { scanPages: caller.scanPages } : {}),
  };
  switch (type) {
    case "diff":
      return diffDatabases(pair, options);
    case "diff-rows":
      return giveAll(diffRows(pair, options), caller);
    case "diff-patch":
      return giveAll(diffPatch(pair, options), caller);
  }
}

async function giveAll(items: AsyncIterable<RowDiff | string>, caller: Caller): Promise<void> {
  let chunk: (RowDiff | string)[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    throwIfCancelled(caller);
    await caller.give(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await caller.give(chunk);
}
