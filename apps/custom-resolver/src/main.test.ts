import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { proveResolver } from "@sync/resolvers/testing";
import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, it, onTestFinished, vi } from "vitest";
import { policy } from "./stock.ts";

// Each test starts processes, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const DBSYNC = fileURLToPath(
  new URL("dist/main.js", import.meta.resolve("@sync/cli/package.json")),
);
const STOCK = `CREATE TABLE stock (id INTEGER PRIMARY KEY, name TEXT, pieces INTEGER, updated_at TEXT);
  INSERT INTO stock VALUES (1, 'cup', 10, '2025-03-01 09:00'), (2, 'pot', 10, '2025-03-01 09:00');`;

interface Shop {
  readonly folder: string;
  readonly shop: string;
  readonly store: string;
}

function makeShop(): Shop {
  const folder = mkdtempSync(join(tmpdir(), "custom-resolver-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [shop, store] = [join(folder, "shop.db"), join(folder, "store.db")];
  for (const path of [shop, store]) sql(path, STOCK);
  return { folder, shop, store };
}

function sql(path: string, statements: string): void {
  const db = new Database(path);
  db.exec(statements);
  db.close();
}

function rows(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT name, pieces FROM stock ORDER BY id").raw().all();
  } finally {
    db.close();
  }
}

async function run(
  { folder }: Shop,
  program: readonly string[],
): Promise<[number | undefined, string]> {
  const { exitCode, all } = await execa(process.execPath, program, {
    cwd: folder,
    env: { SYNC_STATE_DIR: join(folder, "state") },
    reject: false,
    all: true,
  });
  return [exitCode, all];
}

const APP = [join(DIST, "main.js"), "shop.db", "store.db"];

it("keeps the laws of a resolver", async () => {
  const row = { id: 7n, name: "cup", pieces: 10n, updated_at: "2025-03-01 09:00" };
  const rowsLike = [row, { ...row, id: 8n, pieces: 0n }];
  await expect(proveResolver(policy, { table: "stock", rows: rowsLike })).resolves.toBeUndefined();
});

it("adds up what both copies sold and stocked up, beside edits that the later one wins", async () => {
  const shop = makeShop();
  expect((await run(shop, APP))[0]).toBe(0);
  sql(
    shop.shop,
    "UPDATE stock SET pieces = 7, name = 'mug', updated_at = '2025-03-02 10:00' WHERE id = 1",
  );
  sql(
    shop.store,
    "UPDATE stock SET pieces = 14, name = 'cup, blue', updated_at = '2025-03-02 11:00' WHERE id = 1",
  );
  const [exitCode, text] = await run(shop, APP);
  expect([exitCode, text.split("\n").at(-1)]).toEqual([0, "1 decided, 0 waiting"]);
  const expected = [
    ["cup, blue", 11],
    ["pot", 10],
  ];
  expect([rows(shop.shop), rows(shop.store)]).toEqual([expected, expected]);
});

it("does not let the stock fall below zero: that row waits, and each copy keeps its count", async () => {
  const shop = makeShop();
  await run(shop, APP);
  sql(shop.shop, "UPDATE stock SET pieces = 4 WHERE id = 2");
  sql(shop.store, "UPDATE stock SET pieces = 3 WHERE id = 2");
  const [exitCode, text] = await run(shop, APP);
  expect(exitCode).toBe(1);
  expect(text).toContain("stock id=2: waits.");
  expect(text).toContain("the same pieces went twice");
  expect([rows(shop.shop)[1], rows(shop.store)[1]]).toEqual([
    ["pot", 4],
    ["pot", 3],
  ]);
});

it("is a policy of dbsync, too", async () => {
  const shop = makeShop();
  const command = [DBSYNC, "sync", "shop.db", "store.db", "--policy", join(DIST, "stock.js")];
  await run(shop, command);
  sql(shop.shop, "UPDATE stock SET pieces = 8 WHERE id = 2");
  sql(shop.store, "UPDATE stock SET pieces = 13 WHERE id = 2");
  expect((await run(shop, command))[0]).toBe(0);
  expect([rows(shop.shop)[1], rows(shop.store)[1]]).toEqual([
    ["pot", 11],
    ["pot", 11],
  ]);
});

it("says what is wrong", async () => {
  const shop = makeShop();
  const [exitCode, text] = await run(shop, [...APP.slice(0, 2), "none.db"]);
  expect(exitCode).toBe(3);
  expect(text).toContain("SYNC_DB_MISSING");
  expect(await run(shop, APP.slice(0, 1))).toEqual([2, "Usage: custom-resolver A B"]);
});
