import { setTimeout as pause } from "node:timers/promises";
import Database from "better-sqlite3";
import { randomShares } from "../crash/random-shares.ts";
import { createChance } from "../fuzz/chance.ts";

// A process that takes locks on two databases for moments, and ends by itself.

const [, , a = "", b = "", lastsMs = "", seed = ""] = process.argv;
const chance = createChance(randomShares(Number(seed)));
const databases = [a, b].map((path) => new Database(path, { timeout: 0, fileMustExist: true }));
const LOCKS = ["BEGIN; SELECT count(*) FROM sqlite_schema", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"];
const LONGEST_MS = 25;

process.stdout.write("held");
const endMs = performance.now() + Number(lastsMs);
while (performance.now() < endMs) {
  const db = chance.of(databases);
  await holdFor(db, chance.of(LOCKS), chance.below(LONGEST_MS));
  await pause(chance.below(LONGEST_MS));
}
for (const db of databases) db.close();

async function holdFor(db: Database.Database, sql: string, ms: number): Promise<void> {
  try {
    db.exec(sql);
    await pause(ms);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith("SQLITE_BUSY"))
      throw error;
  } finally {
    if (db.inTransaction) db.exec("ROLLBACK");
  }
}
