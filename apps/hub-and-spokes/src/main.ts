#!/usr/bin/env node
import { SyncManager } from "@sync/manager";
import { isSyncError } from "@sync/model";
import type { SyncReport } from "@sync/model";

const [office, ...fields] = process.argv.slice(2);
if (office === undefined || fields.length === 0) {
  console.error("Usage: hub-and-spokes OFFICE FIELD…");
  process.exitCode = 2;
} else {
  process.exitCode = await gather(office, fields);
}

/** 0 where all copies are equal now, 1 where rows wait for a person, 3 where a copy could not be reached. */
async function gather(hub: string, spokes: readonly string[]): Promise<number> {
  const manager = new SyncManager({
    config: {
      pairs: Object.fromEntries(spokes.map((field) => [field, { a: hub, b: field }])),
      // New rows that got one number in two places are both kept; a hub with its spokes is a tree.
      policy: "rekey,last-write-wins",
      log: { file: false },
    },
  });
  try {
    // The first round brings all that is new to the office, the second one from there to everybody.
    const first = await visitAll(manager, spokes);
    const second = await visitAll(manager, spokes);
    if (!first || !second) return 3;
    const waiting = await countWaiting(manager, spokes);
    console.log(
      waiting === 0
        ? "All copies are equal."
        : `Waiting for a decision: ${waiting}. Look: dbsync conflicts OFFICE FIELD`,
    );
    return waiting === 0 ? 0 : 1;
  } finally {
    await manager.close();
  }
}

/** One field copy after the other; one that is away keeps nobody else waiting. */
async function visitAll(manager: SyncManager, spokes: readonly string[]): Promise<boolean> {
  let isComplete = true;
  for (const field of spokes) {
    try {
      tell(field, await manager.sync(field));
    } catch (error) {
      if (!isSyncError(error)) throw error;
      isComplete = false;
      console.error(`${field}: ${error.code}: ${error.message} ${error.next}`);
    }
  }
  return isComplete;
}

function tell(field: string, { tables }: SyncReport): void {
  const total = (side: "toA" | "toB"): number =>
    tables.reduce((sum, { [side]: to }) => sum + to.inserted + to.updated + to.deleted, 0);
  const [up, down] = [total("toA"), total("toB")];
  if (up + down > 0) console.log(`${field}: ${up} rows to the office, ${down} rows from it`);
}

async function countWaiting(manager: SyncManager, spokes: readonly string[]): Promise<number> {
  let count = 0;
  for (const field of spokes) count += (await manager.conflicts(field)).length;
  return count;
}
