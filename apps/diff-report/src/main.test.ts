import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";

// Each test starts a process, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const SHOP =
  "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO items VALUES (1, 'cup'), (2, 'pot');";

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "diff-report-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries(files)) {
    const db = new Database(join(folder, name));
    db.exec(sql);
    db.close();
  }
  return folder;
}

async function run(cwd: string, args: readonly string[]): Promise<[number | undefined, string]> {
  const { exitCode, all } = await execa(process.execPath, [PROGRAM, ...args], {
    cwd,
    reject: false,
    all: true,
  });
  return [exitCode, all];
}

it("writes a page about two files that differ", async () => {
  const folder = makeFolder({
    "a.db": SHOP,
    "b.db": `${SHOP} UPDATE items SET name = 'mug' WHERE id = 1`,
  });
  expect(await run(folder, ["a.db", "b.db", "page.html"])).toEqual([
    1,
    "They differ: see page.html",
  ]);
  const page = readFileSync(join(folder, "page.html"), "utf8");
  expect(page).toContain("1 row changed");
  expect(page).toContain("mug");
});

it("says that two files hold the same", async () => {
  const folder = makeFolder({ "a.db": SHOP, "b.db": SHOP });
  expect(await run(folder, ["a.db", "b.db"])).toEqual([0, "No difference: see diff.html"]);
  expect(existsSync(join(folder, "diff.html"))).toBe(true);
});

it("says what is wrong, and writes nothing", async () => {
  const folder = makeFolder({ "a.db": SHOP });
  const [exitCode, text] = await run(folder, ["a.db", "b.db"]);
  expect(exitCode).toBe(3);
  expect(text).toContain("SYNC_DB_MISSING");
  expect(existsSync(join(folder, "diff.html"))).toBe(false);
  expect(await run(folder, ["a.db"])).toEqual([2, "Usage: diff-report A B [FILE.html]"]);
});
