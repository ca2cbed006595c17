import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";

// Each test starts processes, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const COPIES = ["office.db", "north.db", "south.db", "west.db"];
const VISITS = `CREATE TABLE visits (id INTEGER PRIMARY KEY, farm TEXT, cows INTEGER, updated_at TEXT);
  CREATE TABLE notes (id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visits (id), note TEXT, updated_at TEXT);
  INSERT INTO visits VALUES (1, 'Hill', 10, '2025-03-01 09:00'), (2, 'Lake', 20, '2025-03-01 09:00');`;

/** An office database and three copies of it, once in step. */
async function makeCopies(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hub-and-spokes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  sql(folder, "office.db", VISITS);
  for (const copy of COPIES.slice(1)) {
    copyFileSync(join(folder, "office.db"), join(folder, copy));
  }
  expect(await run(folder, COPIES)).toEqual([0, "All copies are equal."]);
  return folder;
}

function sql(folder: string, copy: string, statements: string): void {
  const db = new Database(join(folder, copy));
  db.exec(statements);
  db.close();
}

/** What each copy answers; all the same, where they are equal. */
function ask(folder: string, question: string): unknown[] {
  return COPIES.map((copy) => {
    const db = new Database(join(folder, copy), { readonly: true });
    try {
      return db.prepare(question).pluck().all().join(" ");
    } finally {
      db.close();
    }
  });
}

async function run(folder: string, args: readonly string[]): Promise<[number | undefined, string]> {
  const { exitCode, all } = await execa(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { SYNC_STATE_DIR: join(folder, "state") },
    reject: false,
    all: true,
  });
  return [exitCode, all];
}

it("brings what happened in every field copy to all of them", async () => {
  const folder = await makeCopies();
  sql(
    folder,
    "north.db",
    "UPDATE visits SET cows = 11, updated_at = '2025-03-02 10:00' WHERE id = 1",
  );
  sql(
    folder,
    "south.db",
    "UPDATE visits SET farm = 'Lakeside', updated_at = '2025-03-02 11:00' WHERE id = 2",
  );
  sql(folder, "west.db", "DELETE FROM visits WHERE id = 2");
  sql(folder, "office.db", "INSERT INTO visits VALUES (9, 'Mill', 5, '2025-03-02 12:00')");
  const [exitCode, text] = await run(folder, COPIES);
  expect([exitCode, text.split("\n").at(-1)]).toEqual([0, "All copies are equal."]);
  // West deleted what south edited: an edit beats a deletion.
  expect(new Set(ask(folder, "SELECT id || farm || cows FROM visits ORDER BY id"))).toEqual(
    new Set(["1Hill11 2Lakeside20 9Mill5"]),
  );
  expect(await run(folder, COPIES)).toEqual([0, "All copies are equal."]);
});

it("keeps the new rows of all copies, though every copy gave them the same number", async () => {
  const folder = await makeCopies();
  for (const [copy, farm] of [
    ["north.db", "N"],
    ["south.db", "S"],
    ["west.db", "W"],
  ] as const) {
    sql(
      folder,
      copy,
      `INSERT INTO visits VALUES (3, '${farm}', 1, '2025-03-02 10:00');
       INSERT INTO notes VALUES (1, 3, 'of ${farm}', '2025-03-02 10:00')`,
    );
  }
  expect((await run(folder, COPIES))[0]).toBe(0);
  const found = "SELECT note || '=' || farm FROM notes JOIN visits ON visit = visits.id ORDER BY 1";
  expect(new Set(ask(folder, found))).toEqual(new Set(["of N=N of S=S of W=W"]));
});

it("lets a row wait that two copies changed without saying when", async () => {
  const folder = await makeCopies();
  sql(folder, "north.db", "UPDATE visits SET cows = 11 WHERE id = 1");
  sql(folder, "south.db", "UPDATE visits SET cows = 12 WHERE id = 1");
  const [exitCode, text] = await run(folder, COPIES);
  expect(exitCode).toBe(1);
  expect(text).toContain("Waiting for a decision: 1.");
  expect(ask(folder, "SELECT cows FROM visits WHERE id = 1")).toEqual(["11", "11", "12", "11"]);
});

it("goes on with the others where one copy is away", async () => {
  const folder = await makeCopies();
  rmSync(join(folder, "south.db"));
  sql(
    folder,
    "west.db",
    "UPDATE visits SET cows = 21, updated_at = '2025-03-02 10:00' WHERE id = 2",
  );
  const [exitCode, text] = await run(folder, COPIES);
  expect(exitCode).toBe(3);
  expect(text).toContain("south.db: SYNC_DB_MISSING");
  sql(folder, "south.db", VISITS);
  expect(ask(folder, "SELECT cows FROM visits WHERE id = 2")).toEqual(["21", "21", "20", "21"]);
  expect(await run(folder, ["office.db"])).toEqual([2, "Usage: hub-and-spokes OFFICE FIELD…"]);
});
