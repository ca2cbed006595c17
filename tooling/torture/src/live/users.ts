import Database from "better-sqlite3";
import type { Chance } from "../fuzz/chance.ts";
import type { SideName, WatchedPair } from "./watched-pair.ts";

/**
 * People who edit both sides. Every value they write is a word that exists once, so that at the end each
 * of them can be asked for: it must stand somewhere, or somebody who saw it wrote over it.
 */
export interface Users {
  /** One edit of one side; `false` where its file was locked or read-only. */
  edit(side: SideName): boolean;
  /** Words that nobody replaced knowingly. */
  readonly unreplaced: ReadonlySet<string>;
  /** How many were written at all. */
  written(): number;
}

interface StoredRow {
  readonly one: string | null;
  readonly two: string | null;
}

const KEYS = 12;

export function createUsers(pair: WatchedPair, chance: Chance): Users {
  const unreplaced = new Set<string>();
  let words = 0;
  const word = (): string => `w${(words += 1)}.`;
  const edit = (db: Database.Database): { gone: (string | null)[]; come: string[] } => {
    if (chance.share() < 0.15) return editLines(db, word, chance);
    return editRow(db, word, chance);
  };
  return {
    unreplaced,
    written: () => words,
    edit: (side) => {
      const change = transact(pair.paths[side], edit);
      // Only what was committed counts; the numbers of other words are never used.
      if (change === null) return false;
      for (const one of change.gone) if (one !== null) unreplaced.delete(one);
      for (const one of change.come) unreplaced.add(one);
      return true;
    },
  };
}

/** `null`: the database could not be written. */
function transact<Result>(path: string, work: (db: Database.Database) => Result): Result | null {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { timeout: 2000, fileMustExist: true });
    // Reading and writing are one: what is replaced was seen.
    const open = db;
    return open.transaction(() => work(open)).immediate();
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  } finally {
    db?.close();
  }
}

export function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^SQLITE_(BUSY|LOCKED|READONLY|CANTOPEN|PERM)/.test(code);
}

function editLines(
  db: Database.Database,
  word: () => string,
  chance: Chance,
): { gone: string[]; come: string[] } {
  const lines = db.prepare("SELECT body FROM lines").pluck().all() as string[];
  if (lines.length > 20 || (lines.length > 0 && chance.share() < 0.3)) {
    const body = chance.of(lines);
    db.prepare("DELETE FROM lines WHERE body = ?").run(body);
    return { gone: [body], come: [] };
  }
  const body = word();
  db.prepare("INSERT INTO lines VALUES (?)").run(body);
  return { gone: [], come: [body] };
}

function editRow(
  db: Database.Database,
  word: () => string,
  chance: Chance,
): { gone: (string | null)[]; come: string[] } {
  const id = `k${chance.below(KEYS)}`;
  const row = db.prepare("SELECT one, two FROM rows WHERE id = ?").get(id) as StoredRow | undefined;
  if (row === undefined) {
    const [one, two] = [word(), word()];
    db.prepare("INSERT INTO rows VALUES (?, ?, ?, ?)").run(id, one, two, Date.now());
    return { gone: [], come: [one, two] };
  }
  if (chance.share() < 0.2) {
    db.prepare("DELETE FROM rows WHERE id = ?").run(id);
    return { gone: [row.one, row.two], come: [] };
  }
  const column = chance.of(["one", "two"] as const);
  const value = word();
  db.prepare(`UPDATE rows SET ${column} = ?, updated_at = ? WHERE id = ?`).run(
    value,
    Date.now(),
    id,
  );
  return { gone: [row[column]], come: [value] };
}
