#!/usr/bin/env node
import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError, keyToText } from "@sync/model";
import type { ConflictOutcome } from "@sync/model";
import { policy } from "./stock.ts";

const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined) {
  console.error("Usage: custom-resolver A B");
  process.exitCode = 2;
} else {
  process.exitCode = await merge({ a, b });
}

/** 0 where both are equal now, 1 where a row waits for a person, 3 where the run could not be done. */
async function merge(pair: { a: string; b: string }): Promise<number> {
  const engine = new DatabaseSynchronizationEngine();
  try {
    const { conflicts } = await engine.sync(pair, { policy, onConflict: tell });
    console.log(`${conflicts.resolved} decided, ${conflicts.parked} waiting`);
    return conflicts.parked === 0 ? 0 : 1;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    console.error(`${error.code}: ${error.message} ${error.next}`);
    return 3;
  } finally {
    await engine.close();
  }
}

function tell({ table, key, outcome, reason }: ConflictOutcome): void {
  console.log(
    `${table} ${keyToText(key)}: ${outcome === "parked" ? "waits" : "decided"}. ${reason}`,
  );
}
