import { DatabaseSynchronizationEngine } from "@sync/core";
import Database from "better-sqlite3";
import type { Users } from "./users.ts";
import type { WatchedPair } from "./watched-pair.ts";

/**
 * What is wrong at the end, in words: sides that differ in anything but conflicts that wait, and words
 * that nobody replaced but that stand neither on a side nor in the ledger. The watcher may have been killed
 * after it wrote and before it noted so: what such a run overwrote is known when the next one has ended.
 */
export async function judgeLive(pair: WatchedPair, users: Users): Promise<string[]> {
  const engine = new DatabaseSynchronizationEngine({ stateDir: pair.stateDir, worker: false });
  try {
    await engine.sync(pair.paths);
    const open = (await engine.conflicts(pair.paths)).map(({ key }) => JSON.stringify(key));
    const apart: string[] = [];
    for await (const { table, key } of engine.diffRows(pair.paths)) {
      if (!open.includes(JSON.stringify(key))) apart.push(`${table} ${JSON.stringify(key)}`);
    }
    const known = new Set([...wordsOn(pair.paths.a), ...wordsOn(pair.paths.b)]);
    const { entries, isUnfinished } = await engine.ledger(pair.paths);
    for (const word of wordsIn(JSON.stringify(entries, (_, value: unknown) => plain(value)))) {
      known.add(word);
    }
    const lost = [...users.unreplaced].filter((word) => !known.has(word));
    return [
      ...(isUnfinished ? ["the ledger says that a run is not finished"] : []),
      ...(apart.length === 0 ? [] : [`the sides differ: ${apart.join(", ")}`]),
      ...(lost.length === 0 ? [] : [`words are gone: ${lost.join(", ")}`]),
    ];
  } finally {
    await engine.close();
  }
}

/** Whether both sides hold the same now, and nothing is being written. */
export async function isEqual(pair: WatchedPair): Promise<boolean> {
  const engine = new DatabaseSynchronizationEngine({ stateDir: pair.stateDir, worker: false });
  try {
    const open = await engine.conflicts(pair.paths);
    const { tables } = await engine.diff(pair.paths);
    const apart = tables.reduce((sum, one) => sum + one.onlyInA + one.onlyInB + one.changed, 0);
    return apart <= open.length;
  } catch {
    // A lock, or a file that is just being replaced: not yet.
    return false;
  } finally {
    await engine.close();
  }
}

function wordsOn(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    const texts = db
      .prepare(
        "SELECT one FROM rows UNION ALL SELECT two FROM rows UNION ALL SELECT body FROM lines",
      )
      .pluck()
      .all() as (string | null)[];
    return texts.flatMap((text) => text ?? []);
  } finally {
    db.close();
  }
}

function wordsIn(text: string): string[] {
  return text.match(/w\d+\./g) ?? [];
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
