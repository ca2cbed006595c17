#!/usr/bin/env node
import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError } from "@sync/model";
import { diffPage, writePage } from "@sync/report";

const [a, b, page = "diff.html"] = process.argv.slice(2);
if (a === undefined || b === undefined) {
  console.error("Usage: diff-report A B [FILE.html]");
  process.exitCode = 2;
} else {
  process.exitCode = await report({ a, b }, page);
}

/** 0 where both hold the same rows, 1 where they differ, 3 where that could not be found out. */
async function report(pair: { a: string; b: string }, file: string): Promise<number> {
  const engine = new DatabaseSynchronizationEngine();
  try {
    const counts = await engine.diff(pair);
    await writePage(file, diffPage(counts, engine.diffRows(pair)));
    console.log(`${counts.same ? "No difference" : "They differ"}: see ${file}`);
    return counts.same ? 0 : 1;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    console.error(`${error.code}: ${error.message} ${error.next}`);
    return 3;
  } finally {
    await engine.close();
  }
}
