import { readOptions, throwIfCancelled } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { DiffOptions } from "./compare.ts";
import { diffDatabases, diffPatch, diffRows } from "./diff.ts";
import type { DiffCall, Item, RowsCall } from "./protocol.ts";

/** Items handed over at a time. */
const CHUNK = 256;

/** Carries a comparison out. The result is what the engine's method of that name returns. */
export async function performDiff(call: DiffCall | RowsCall, caller: Caller): Promise<unknown> {
  const { read } = call;
  const options: DiffOptions = {
    ...readOptions(read, caller),
    ...(read.scansPages ? { scanPages: caller.scanPages } : {}),
  };
  switch (call.type) {
    case "diff":
      return diffDatabases(call.pair, options);
    case "diff-rows":
      return giveAll(diffRows(call.pair, options), caller);
    case "diff-patch":
      return giveAll(diffPatch(call.pair, options), caller);
    case "rows": {
      // Needed by few; most comparisons start as soon as they can.
      const { readRows } = await import("./read-rows.ts");
      return giveAll(readRows(call.database, options), caller);
    }
  }
}

async function giveAll(items: AsyncIterable<Item>, caller: Caller): Promise<void> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    throwIfCancelled(caller);
    await caller.give(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await caller.give(chunk);
}
