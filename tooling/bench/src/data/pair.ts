import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { change, countEdited, fill } from "./fill.ts";
import { changesOf } from "./sizes.ts";
import type { Size } from "./sizes.ts";

/** Raise it when the generated content changes: what is cached is then made again. */
const GENERATION = 4;

/** Two databases that differ in the size's changes. They are never written to again: runs take copies. */
export interface BenchPair {
  readonly a: string;
  readonly b: string;
  readonly bytes: number;
  readonly size: Size;
}

/** The folder of everything that a bench leaves behind: outside the repository, safe to delete. */
export function cacheFolder(): string {
  const folder = join(tmpdir(), "sync-bench");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Makes the pair, or finds it where an earlier bench made it. The same size gives the same rows. */
export function benchPair(size: Size): BenchPair {
  const folder = join(cacheFolder(), `${size.name}-${GENERATION}`);
  if (!existsSync(folder)) makePair(size, folder);
  const [a, b] = [join(folder, "a.db"), join(folder, "b.db")];
  return { a, b, bytes: statSync(a).size, size };
}

/** Made beside its place and moved there whole, so that an interrupted one is never taken for finished. */
function makePair(size: Size, folder: string): void {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft);
  try {
    const [a, b] = [join(draft, "a.db"), join(draft, "b.db")];
    withDatabase(a, (db) => fill(db, size));
    copyFileSync(a, b);
    withDatabase(b, (db) => {
      change(db, size);
      assertChanged(db, size);
    });
    // Another bench may have made it meanwhile; it is the same.
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A row updated and then deleted would be one difference fewer than the size says. */
function assertChanged(db: Database.Database, size: Size): void {
  const changed = Number(db.prepare("SELECT total_changes()").pluck().get());
  const updated = Object.values(size.changes).reduce((sum, table) => sum + table.updated, 0);
  if (changed !== changesOf(size) || countEdited(db) !== updated) {
    throw new Error(`${size.name}: the changes meet each other; choose other numbers`);
  }
}

function withDatabase(path: string, use: (db: Database.Database) => void): void {
  const db = new Database(path);
  try {
    // Made again after a crash: nothing here needs to be durable.
    db.pragma("synchronous = OFF");
    use(db);
  } finally {
    db.close();
  }
}
