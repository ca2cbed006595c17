import Database from "better-sqlite3";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";

/** What two applications do before a run. */
export interface UsersOrder {
  readonly files: Readonly<Record<Side, string>>;
  /** Statements of the scenario's setup, of which `journal_mode` and `synchronous` are a connection's own. */
  readonly setup: Readonly<Record<Side, readonly string[]>>;
  readonly edits: readonly { readonly side: Side; readonly sql: readonly string[] }[];
}

/** Two applications with the usual settings, which have made their edits: in WAL mode a commit is not synced. */
export function openUsers({ files, setup, edits }: UsersOrder): Record<Side, Database.Database> {
  const users = { a: new Database(files.a), b: new Database(files.b) };
  for (const side of SIDES) {
    const db = users[side];
    const said = (name: string): string[] => setup[side].filter((one) => one.includes(name));
    for (const sql of said("journal_mode")) db.exec(sql);
    const isWal = db.pragma("journal_mode", { simple: true }) === "wal";
    db.pragma(`synchronous = ${isWal ? "NORMAL" : "FULL"}`);
    for (const sql of said("synchronous")) db.exec(sql);
    db.pragma("foreign_keys = ON");
    db.pragma("recursive_triggers = ON");
  }
  for (const { side, sql } of edits) {
    users[side].exec("BEGIN");
    for (const statement of sql) users[side].exec(statement);
    users[side].exec("COMMIT");
  }
  return users;
}
