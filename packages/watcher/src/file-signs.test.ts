import { mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSigns } from "./file-signs.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sync-signs-")));
  path = join(folder, "a.db");
  const db = new Database(path);
  db.pragma("journal_mode = wal");
  db.exec("CREATE TABLE t (a)");
  db.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signs = async (): Promise<string> => (await readSigns([path], Date.now())).text;

test("reading leaves them as they are, though it makes a journal; writing does not", async () => {
  const before = await signs();
  const db = new Database(path);
  db.prepare("SELECT * FROM t").all();
  expect(await signs()).toBe(before);
  db.exec("INSERT INTO t VALUES (1)");
  const written = await signs();
  expect(written).not.toBe(before);
  db.exec("INSERT INTO t VALUES (2)");
  expect(await signs()).not.toBe(written);
  db.close();
});

test("another file in its place, none, and another one behind a link are differences", async () => {
  const seen = [await signs()];
  const other = join(folder, "other.db");
  new Database(path).exec(`VACUUM INTO '${other}'`).close();
  renameSync(path, join(folder, "former.db"));
  seen.push(await signs());
  renameSync(other, path);
  seen.push(await signs());
  renameSync(path, other);
  symlinkSync(other, path);
  seen.push(await signs());
  expect(new Set(seen).size).toBe(seen.length);
});

test("files are too young to be told apart for two seconds, by whatever clock", async () => {
  utimesSync(path, 1000, 1000);
  expect((await readSigns([path], 1_001_999)).youngUntilMs).toBe(1_002_000);
  expect((await readSigns([path], 1_002_000)).youngUntilMs).toBeNull();
  // Written by another machine whose clock is ahead.
  expect((await readSigns([path], 400_000)).youngUntilMs).toBe(402_000);
});
