import { join } from "node:path";
import { DatabaseSynchronizationEngine } from "@sync/core";
import Database from "better-sqlite3";

const SHOP = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT);
  CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, updated_at TEXT);
  CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT);
  INSERT INTO customers VALUES (1, 'Ada', '030 1'), (2, 'Bob', '030 2'), (3, 'Eve', NULL);
  INSERT INTO products VALUES (1, 'cup', 4.5, '2026-01-01 08:00:00'),
    (2, 'pot', 19.0, '2026-01-01 08:00:00');
  INSERT INTO settings VALUES ('hours', '9 to 17');`;

const LAPTOP = `
  UPDATE customers SET phone = '040 1' WHERE id = 1;
  DELETE FROM customers WHERE id = 3;
  UPDATE products SET price = 5.0, updated_at = '2026-01-02 09:00:00' WHERE id = 1;
  UPDATE products SET price = 21.0, updated_at = '2026-01-02 09:00:00' WHERE id = 2;
  UPDATE settings SET value = '8 to 16';`;

const DESKTOP = `
  UPDATE customers SET name = 'Robert' WHERE id = 2;
  UPDATE products SET price = 22.0, updated_at = '2026-01-02 10:00:00' WHERE id = 2;
  INSERT INTO products VALUES (3, 'jug', 12.0, '2026-01-02 10:00:00');
  UPDATE settings SET value = '10 to 18';`;

/**
 * Puts `laptop.sqlite` and `desktop.sqlite` into a folder: two copies of one shop, in step once and
 * edited on both sides since. Every page finds them.
 */
export async function layOutShop(folder: string, stateDir: string): Promise<void> {
  const [a, b] = [join(folder, "laptop.sqlite"), join(folder, "desktop.sqlite")];
  for (const path of [a, b]) execute(path, SHOP);
  const engine = new DatabaseSynchronizationEngine({ stateDir, worker: false });
  await engine.sync({ a, b });
  await engine.close();
  execute(a, LAPTOP);
  execute(b, DESKTOP);
}

function execute(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}
