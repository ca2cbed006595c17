import Database from "better-sqlite3";
import { FIRST_ORDER } from "./shop.ts";

/** One thing that one person did: in words, and as SQL. */
interface Edit {
  readonly words: string;
  readonly sql: string;
}

const NEW_ON_LAPTOP = FIRST_ORDER + 1000n;
const NEW_ON_DESKTOP = FIRST_ORDER + 2000n;

/** What Ada does on the laptop, on the market. */
export const LAPTOP_EDITS: readonly Edit[] = [
  {
    words: "gives customer 3 a new phone number",
    sql: `UPDATE customers SET phone = '555-0777', updated_at = '2025-03-02 10:00:00' WHERE id = 3`,
  },
  {
    words: "sets the Moka pot to 27.50, at 10:00",
    sql: `UPDATE products SET price = 27.5, updated_at = '2025-03-02 10:00:00' WHERE id = 2`,
  },
  {
    words: "sets the Milk jug to 18.90",
    sql: `UPDATE products SET price = 18.9, updated_at = '2025-03-02 10:05:00' WHERE id = 5`,
  },
  {
    words: "describes the French press better",
    sql: `UPDATE products SET description = 'One litre, glass, with a spare sieve',
            updated_at = '2025-03-02 10:10:00' WHERE id = 7`,
  },
  { words: "changes the opening hours to 9 to 19", sql: setting("9 to 19") },
  {
    words: "deletes customer 6, who never ordered",
    sql: "DELETE FROM customers WHERE id = 6",
  },
  {
    words: "takes an order of two lines",
    sql: `INSERT INTO orders VALUES (${NEW_ON_LAPTOP}, 1, 'open', '2025-03-02 10:20:00');
          INSERT INTO order_lines VALUES (${NEW_ON_LAPTOP}, 1, 2, 1), (${NEW_ON_LAPTOP}, 2, 4, 3);
          INSERT INTO stock_movements VALUES ('2025-03-02 10:20:00', 2, -1, 'sold on the market')`,
  },
];

/** What Ben does on the desktop, in the shop, without knowing of it. */
export const DESKTOP_EDITS: readonly Edit[] = [
  {
    words: "notes that customer 3 moved to Dublin",
    sql: `UPDATE customers SET city = 'Dublin', updated_at = '2025-03-02 11:00:00' WHERE id = 3`,
  },
  {
    words: "sets the Moka pot to 31.00, at 11:00",
    sql: `UPDATE products SET price = 31, updated_at = '2025-03-02 11:00:00' WHERE id = 2`,
  },
  {
    words: "sets the Milk jug to 18.90, too",
    sql: `UPDATE products SET price = 18.9, updated_at = '2025-03-02 11:05:00' WHERE id = 5`,
  },
  {
    words: "deletes the French press",
    sql: `DELETE FROM product_photos WHERE product_id = 7; DELETE FROM products WHERE id = 7`,
  },
  { words: "changes the opening hours to 8 to 17", sql: setting("8 to 17") },
  {
    words: "adds a Cold brew bottle, with a photo",
    sql: `INSERT INTO products VALUES
            (9, 'Cold brew bottle', 'One litre, with a filter', 21.0, 12, '2025-03-02 11:15:00');
          INSERT INTO product_photos VALUES (9, x'ffd8ff09', '2025-03-02 11:15:00');
          INSERT INTO stock_movements VALUES ('2025-03-02 11:15:00', 9, 12, 'first delivery')`,
  },
  {
    words: "sends an open order, and takes a new one",
    sql: `UPDATE orders SET status = 'sent', updated_at = '2025-03-02 11:20:00'
            WHERE id = ${FIRST_ORDER + 9n};
          INSERT INTO orders VALUES (${NEW_ON_DESKTOP}, 2, 'open', '2025-03-02 11:25:00');
          INSERT INTO order_lines VALUES (${NEW_ON_DESKTOP}, 1, 9, 1)`,
  },
];

/** Makes the edits in one database, as its application would. */
export function applyEdits(path: string, edits: readonly Edit[]): void {
  const db = new Database(path);
  for (const { sql } of edits) db.exec(sql);
  db.close();
}

function setting(hours: string): string {
  return `UPDATE settings SET value = '${hours}' WHERE name = 'opening hours'`;
}
