import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";

// Each test starts processes, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const SHOP = `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL);
  INSERT INTO items VALUES (1, 'cup', 3.5), (2, 'pot', 12), (3, 'jug', 7);`;

interface Answer {
  readonly exitCode: number | undefined;
  readonly text: string;
}

/** A real git repository with one database in it, and this program at its drivers. */
interface Repository {
  readonly folder: string;
  readonly db: string;
  readonly git: (...args: readonly string[]) => Promise<Answer>;
  /** Changes the database and commits. */
  readonly commit: (statements: string) => Promise<void>;
  /** `theirs` on a branch of its own, then `ours` on the main one. */
  readonly branches: (ours: string, theirs: string) => Promise<void>;
}

async function makeRepository(
  first: string | null,
  policy: readonly string[] = [],
): Promise<Repository> {
  const folder = mkdtempSync(join(tmpdir(), "git-merge-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = {
    GIT_CONFIG_GLOBAL: join(folder, "..", "none"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
    TMPDIR: folder,
  };
  const answer = async (file: string, args: readonly string[]): Promise<Answer> => {
    const { exitCode, all } = await execa(file, args, {
      cwd: folder,
      env,
      reject: false,
      all: true,
    });
    return { exitCode, text: all };
  };
  const git = async (...args: readonly string[]): Promise<Answer> => answer("git", args);
  const db = join(folder, "shop.db");
  const commit = async (statements: string): Promise<void> => {
    sql(db, statements);
    await git("add", "shop.db");
    expect(await git("commit", "-q", "-m", "edit")).toMatchObject({ exitCode: 0 });
  };
  await git("init", "-q", "-b", "main");
  expect(await answer(process.execPath, [PROGRAM, "install", ...policy])).toMatchObject({
    exitCode: 0,
  });
  writeFileSync(join(folder, ".gitattributes"), "*.db merge=sqlite diff=sqlite -text\n");
  await git("add", ".gitattributes");
  await git("commit", "-q", "-m", "attributes");
  if (first !== null) await commit(first);
  const branches = async (ours: string, theirs: string): Promise<void> => {
    await git("checkout", "-q", "-b", "theirs");
    await commit(theirs);
    await git("checkout", "-q", "main");
    await commit(ours);
  };
  return { folder, db, git, commit, branches };
}

function sql(path: string, statements: string): void {
  const db = new Database(path);
  db.exec(statements);
  db.close();
}

function rows(path: string, question = "SELECT * FROM items ORDER BY id"): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    return db.prepare(question).raw().all();
  } finally {
    db.close();
  }
}

/** Commits that are on neither branch: a merge that was recorded. */
async function isMerged({ git }: Repository): Promise<boolean> {
  const { text } = await git("rev-list", "--merges", "--count", "HEAD");
  return text === "1";
}

it("merges the rows of two branches against the commit where they parted", async () => {
  const shop = await makeRepository(SHOP);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1; DELETE FROM items WHERE id = 3",
    "UPDATE items SET name = 'mug' WHERE id = 1; INSERT INTO items VALUES (9, 'tin', 2)",
  );
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db)).toEqual([
    [1, "mug", 4],
    [2, "pot", 12],
    [9, "tin", 2],
  ]);
  expect(await isMerged(shop)).toBe(true);
  expect((await shop.git("status", "--porcelain")).text).toBe("");
});

it("deletes what a branch deleted, however much that is: the history still has it", async () => {
  const many = "WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 60)";
  const shop = await makeRepository(`${SHOP} INSERT INTO items ${many} SELECT i, 'box', i FROM n`);
  await shop.branches("UPDATE items SET price = 4 WHERE id = 1", "DELETE FROM items WHERE id > 2");
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db, "SELECT id, price FROM items ORDER BY id")).toEqual([
    [1, 4],
    [2, 12],
  ]);
});

it("stops at a conflict: exit code 1, everything else merged, and our row in the file", async () => {
  const shop = await makeRepository(SHOP);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1; UPDATE items SET price = 13 WHERE id = 2",
    "UPDATE items SET price = 5 WHERE id = 1; DELETE FROM items WHERE id = 2; INSERT INTO items VALUES (9, 'tin', 2)",
  );
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect(exitCode).toBe(1);
  expect(text).toContain("shop.db: items id=1: both changed price");
  expect(text).toContain("shop.db: items id=2: update/delete");
  expect(text).toContain("CONFLICT (content): Merge conflict in shop.db");
  expect(await isMerged(shop)).toBe(false);
  expect(rows(shop.db)).toEqual([
    [1, "cup", 4],
    [2, "pot", 13],
    [3, "jug", 7],
    [9, "tin", 2],
  ]);
  // What the other branch has can still be seen, and taken.
  const difference = await shop.git("diff", ":2:shop.db", ":3:shop.db");
  expect(difference.text).toContain("+items id=1: id=1, name='cup', price=5.0");
  await shop.commit("UPDATE items SET price = 5 WHERE id = 1");
  expect(await isMerged(shop)).toBe(true);
});

it("lets a policy decide, and says what it decided", async () => {
  const shop = await makeRepository(SHOP, ["--policy", "max"]);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1",
    "UPDATE items SET price = 5 WHERE id = 1",
  );
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect(exitCode).toBe(0);
  expect(text).toContain("shop.db: items id=1: both changed price (max:");
  expect(rows(shop.db)[0]).toEqual([1, "cup", 5]);
});

it("merges two files that have no common ancestor as a union, and never by deleting", async () => {
  const shop = await makeRepository(null);
  await shop.git("checkout", "-q", "-b", "theirs");
  await shop.commit(`${SHOP} DELETE FROM items WHERE id = 3`);
  await shop.git("checkout", "-q", "main");
  expect(existsSync(shop.db)).toBe(false);
  await shop.commit(`${SHOP} DELETE FROM items WHERE id = 1`);
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db, "SELECT id FROM items ORDER BY id")).toEqual([[1], [2], [3]]);
});

it("stops where two files without an ancestor hold different rows under one key", async () => {
  const shop = await makeRepository(null);
  await shop.git("checkout", "-q", "-b", "theirs");
  await shop.commit(SHOP);
  await shop.git("checkout", "-q", "main");
  await shop.commit(`${SHOP} UPDATE items SET name = 'mug' WHERE id = 1`);
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect([exitCode, text]).toEqual([1, expect.stringContaining("items id=1: insert/insert")]);
  expect(rows(shop.db)[0]).toEqual([1, "mug", 3.5]);
});

it("leaves it to git where one branch deleted the file and the other edited it", async () => {
  const shop = await makeRepository(SHOP);
  await shop.git("checkout", "-q", "-b", "theirs");
  await shop.git("rm", "-q", "shop.db");
  await shop.git("commit", "-q", "-m", "gone");
  await shop.git("checkout", "-q", "main");
  await shop.commit("UPDATE items SET price = 4 WHERE id = 1");
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect([exitCode, text]).toEqual([1, expect.stringContaining("CONFLICT (modify/delete)")]);
  expect(rows(shop.db)[0]).toEqual([1, "cup", 4]);
});

it("ends the merge with nothing written while a log beside the file holds edits of no commit", async () => {
  const shop = await makeRepository(`PRAGMA journal_mode = WAL; ${SHOP}`);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1",
    "UPDATE items SET name = 'mug' WHERE id = 1",
  );
  const open = new Database(shop.db);
  onTestFinished(() => void open.close());
  open.exec("UPDATE items SET name = 'not committed to git' WHERE id = 2");
  const before = readFileSync(shop.db);
  const place = statSync(shop.db).ino;
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect([exitCode !== 0, text]).toEqual([
    true,
    expect.stringContaining("shop.db-wal holds edits"),
  ]);
  expect(await isMerged(shop)).toBe(false);
  expect(readFileSync(shop.db).equals(before)).toBe(true);
  expect(statSync(shop.db).ino).toBe(place);
  expect(open.prepare("SELECT name FROM items WHERE id = 2").pluck().get()).toBe(
    "not committed to git",
  );
  // Once it is committed, the merge goes on, with that edit in it. git before 2.42 has a conflict to leave first.
  open.close();
  await shop.git("reset", "-q");
  await shop.commit("SELECT 1");
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db).slice(0, 2)).toEqual([
    [1, "mug", 4],
    [2, "not committed to git", 12],
  ]);
  expect(rows(shop.db, "PRAGMA journal_mode")).toEqual([["wal"]]);
});

it("shows rows in git diff, also those that only a log holds", async () => {
  const shop = await makeRepository(`PRAGMA journal_mode = WAL; ${SHOP}`);
  await shop.commit(
    "UPDATE items SET price = 4 WHERE id = 1; CREATE INDEX by_name ON items (name)",
  );
  const { text } = await shop.git("diff", "HEAD~", "HEAD");
  const lines = text.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
  expect(lines).toEqual([
    "-items id=1: id=1, name='cup', price=3.5",
    "+CREATE INDEX by_name ON items (name);",
    "+items id=1: id=1, name='cup', price=4.0",
  ]);
  const open = new Database(shop.db);
  onTestFinished(() => void open.close());
  open.exec("UPDATE items SET name = 'mug' WHERE id = 1");
  const shown = await execa(process.execPath, [PROGRAM, "textconv", shop.db]);
  expect(shown.stdout).toContain("name='mug'");
  // Nothing is left beside a version that git gave to look at.
  const copy = join(shop.folder, "version.db");
  copyFileSync(shop.db, copy);
  await execa(process.execPath, [PROGRAM, "textconv", copy]);
  expect(readdirSync(shop.folder).filter((name) => name.startsWith("version"))).toEqual([
    "version.db",
  ]);
});

it("merges rows across a column, a table and a schema version that one branch added", async () => {
  const shop = await makeRepository(SHOP);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1; INSERT INTO items VALUES (9, 'tin', 2)",
    `ALTER TABLE items ADD COLUMN colour TEXT DEFAULT 'white'; UPDATE items SET colour = 'red' WHERE id IN (1, 2);
     CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO notes VALUES (1, 'new');
     PRAGMA user_version = 2`,
  );
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db)).toEqual([
    [1, "cup", 4, "red"],
    [2, "pot", 12, "red"],
    [3, "jug", 7, "white"],
    [9, "tin", 2, "white"],
  ]);
  expect(rows(shop.db, "SELECT note FROM notes")).toEqual([["new"]]);
  expect(rows(shop.db, "PRAGMA user_version")).toEqual([[2]]);
});

it.each([
  [
    "a column that was dropped",
    "ALTER TABLE items DROP COLUMN price",
    "UPDATE items SET price = 4 WHERE id = 1",
  ],
  ["a table that was dropped", "DROP TABLE items", "UPDATE items SET price = 4 WHERE id = 1"],
  ["two schema versions", "PRAGMA user_version = 2", "PRAGMA user_version = 3"],
  [
    "an index without content",
    "CREATE VIRTUAL TABLE f USING fts5(x, content='')",
    "UPDATE items SET price = 4",
  ],
])("does not guess about %s: a conflict, and our version stays", async (_, theirs, ours) => {
  const shop = await makeRepository(SHOP);
  await shop.branches(ours, theirs);
  const before = rows(shop.db);
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect([exitCode, text]).toEqual([1, expect.stringContaining("CONFLICT (content)")]);
  expect(text).toMatch(/shop\.db: (?:the schemas differ|both changed user_version|the rows of f)/);
  expect(await isMerged(shop)).toBe(false);
  expect(rows(shop.db)).toEqual(before);
});

it("ends a merge whose ancestors disagree, rather than take one of them for the truth", async () => {
  const shop = await makeRepository(SHOP);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1",
    "UPDATE items SET price = 5 WHERE id = 1",
  );
  // Each branch merges the other and decides differently: from now on there are two common ancestors.
  await shop.git("branch", "before", "main");
  await shop.git("merge", "theirs");
  await shop.commit("SELECT 1");
  await shop.git("checkout", "-q", "theirs");
  await shop.git("merge", "before");
  await shop.commit("SELECT 1");
  await shop.git("checkout", "-q", "main");
  const before = readFileSync(shop.db);
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect(exitCode).not.toBe(0);
  expect(text).toContain("their common ancestors disagree");
  expect(text).toContain("items id=1: both changed price");
  expect(readFileSync(shop.db).equals(before)).toBe(true);
});

it("merges against ancestors that agree", async () => {
  const shop = await makeRepository(SHOP);
  await shop.branches(
    "UPDATE items SET price = 4 WHERE id = 1",
    "UPDATE items SET price = 13 WHERE id = 2",
  );
  await shop.git("branch", "before", "main");
  await shop.git("merge", "theirs");
  await shop.git("checkout", "-q", "theirs");
  await shop.git("merge", "before");
  // Back to what the oldest ancestor had: against that one, nobody would have changed anything.
  await shop.commit("UPDATE items SET price = 3.5 WHERE id = 1");
  await shop.git("checkout", "-q", "main");
  await shop.commit("UPDATE items SET name = 'mug' WHERE id = 3");
  expect(await shop.git("merge", "theirs")).toMatchObject({ exitCode: 0 });
  expect(rows(shop.db)).toEqual([
    [1, "cup", 3.5],
    [2, "pot", 13],
    [3, "mug", 7],
  ]);
});

it("takes a version that is no database for a conflict, and shows it in git diff all the same", async () => {
  const shop = await makeRepository(SHOP);
  await shop.git("checkout", "-q", "-b", "theirs");
  writeFileSync(shop.db, "this is no database, and long enough to be looked at as one".repeat(10));
  await shop.git("add", "shop.db");
  await shop.git("commit", "-q", "-m", "broken");
  await shop.git("checkout", "-q", "main");
  await shop.commit("UPDATE items SET price = 4 WHERE id = 1");
  expect((await shop.git("diff", "main", "theirs")).text).toContain("+SYNC_NOT_A_DATABASE");
  const { exitCode, text } = await shop.git("merge", "theirs");
  expect([exitCode, text]).toEqual([1, expect.stringContaining("SYNC_NOT_A_DATABASE")]);
  expect(rows(shop.db)[0]).toEqual([1, "cup", 4]);
});
