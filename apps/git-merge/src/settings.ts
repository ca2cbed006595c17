import Database from "better-sqlite3";
import type { Copies } from "./versions.ts";

// What an application keeps in the file's header and reads again: its schema's version, and whose file it is.
const SETTINGS = ["user_version", "application_id"] as const;

/** Brings to ours what only theirs changed of the header. @returns what both changed, in words */
export function bringSettings({ ancestor, ours, theirs }: Copies): string[] {
  return SETTINGS.flatMap((name) => {
    const [mine, yours] = [readSetting(ours, name), readSetting(theirs, name)];
    if (mine === yours) return [];
    const before = ancestor === null ? null : readSetting(ancestor, name);
    if (yours === before) return [];
    if (mine !== before) return [`both changed ${name}: ours is ${mine}, theirs ${yours}`];
    writeSetting(ours, name, yours);
    return [];
  });
}

/** The result of a merge is in rollback mode; an application that had WAL mode finds it again. */
export function keepJournalMode(ours: string, merged: string): void {
  const mode = withDatabase(ours, (db) => db.pragma("journal_mode", { simple: true }));
  if (mode === "wal") withDatabase(merged, (db) => db.pragma("journal_mode = WAL"));
}

function readSetting(path: string, name: string): number {
  return withDatabase(path, (db) => Number(db.pragma(name, { simple: true })));
}

function writeSetting(path: string, name: string, value: number): void {
  withDatabase(path, (db) => db.pragma(`${name} = ${value}`));
}

function withDatabase<Result>(path: string, use: (db: Database.Database) => Result): Result {
  const db = new Database(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}
