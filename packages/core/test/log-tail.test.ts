import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileIdentity } from "../src/sqlite/files.ts";
import { signsOf } from "../src/sqlite/file-signs.ts";
import { createFollowers } from "../src/sqlite/pages/follow/followers.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { statSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./databases.ts";

const hash = await loadPageHash();

let path: string;
/** Keeps the file open, as a held pair does. */
let keeper: Database.Database;
let user: Database.Database;
let ask: (
  session: string,
  restedSigns?: string | null,
) => { readonly isTail: boolean; readonly pages: number };

function open(): Database.Database {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("wal_autocheckpoint = 0");
  return db;
}

function restart(): void {
  user.pragma("wal_checkpoint(PASSIVE)");
}

function write(id: number): void {
  user.prepare("INSERT OR REPLACE INTO t VALUES (?, hex(randomblob(900)))").run(id);
}

beforeEach(() => {
  path = join(temporaryFolder(), "a.db");
  user = open();
  user.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  for (let id = 0; id < 100; id++) write(id);
  keeper = open();
  const followers = createFollowers(hash);
  ask = (session, restedSigns = null) => {
    keeper.exec("BEGIN");
    keeper.prepare("SELECT 1 FROM t").get();
    const answer = followers.answer({
      file: { path, identity: fileIdentity(path) },
      tables: [],
      written: null,
      following: { session, restedSigns },
    });
    keeper.exec("COMMIT");
    if (answer.type === "not-known") throw new Error(answer.reason);
    return answer;
  };
  ask("one");
});

afterEach(() => {
  user.close();
  keeper.close();
});

test("what was committed since is read, and nothing else", () => {
  write(1);
  write(50);
  expect(ask("one")).toMatchObject({ isTail: true, pages: 2 });
  expect(ask("one")).toMatchObject({ isTail: true, pages: 0 });
});

test("a log that was begun anew tells all, as long as somebody had it open", () => {
  restart();
  write(1);
  expect(ask("one")).toMatchObject({ isTail: true, pages: 1 });
});

test("what was committed before it was begun anew is read behind the new frames", () => {
  write(1);
  write(50);
  restart();
  write(99);
  expect(ask("one")).toMatchObject({ isTail: true, pages: 3 });
});

test("what was overwritten before it was read is noticed", () => {
  restart();
  write(1);
  ask("one");
  for (let id = 2; id < 8; id++) write(10 * id);
  restart();
  for (let id = 2; id < 12; id++) write(8 * id);
  expect(ask("one").isTail).toBe(false);
  write(1);
  expect(ask("one").isTail).toBe(true);
});

test("a log that was closed meanwhile tells nothing once it was begun anew", () => {
  restart();
  write(1);
  expect(ask("two").isTail).toBe(false);
});

test("a log that was closed meanwhile tells all while the main file is as it was at rest", () => {
  restart();
  ask("one");
  const rested = signsOf(statSync(path, { bigint: true }));
  write(1);
  write(2);
  expect(ask("two", rested).isTail).toBe(true);
  restart();
  write(3);
  // It was carried over since.
  expect(ask("three", rested).isTail).toBe(false);
});

test("pages of a transaction that was not committed are none", () => {
  user.pragma("cache_size = 10");
  user.exec("BEGIN");
  for (let id = 0; id < 100; id++) write(id);
  expect(ask("one")).toMatchObject({ isTail: true, pages: 0 });
  user.exec("ROLLBACK");
  write(1);
  expect(ask("one")).toMatchObject({ isTail: true, pages: 1 });
});
