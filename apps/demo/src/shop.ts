import Database from "better-sqlite3";

/** A small shop: related tables, a composite key, a table without a key, blobs, a search index. */
const SCHEMA = `
  CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    phone TEXT,
    city TEXT,
    updated_at TEXT NOT NULL
  );
  CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price REAL NOT NULL CHECK (price >= 0),
    pieces INTEGER NOT NULL,
    updated_at TEXT NOT NULL
  );
  CREATE TABLE product_photos (
    product_id INTEGER PRIMARY KEY REFERENCES products (id),
    image BLOB NOT NULL,
    updated_at TEXT NOT NULL
  );
  -- Ids of 64 bits, which each till makes by itself.
  CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL,
    updated_at TEXT NOT NULL
  );
  CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    pieces INTEGER NOT NULL,
    PRIMARY KEY (order_id, line)
  );
  -- No key: a list to which both sides only add.
  CREATE TABLE stock_movements (at TEXT, product_id INTEGER, pieces INTEGER, note TEXT);
  -- No timestamp: who of two changed it later, nobody can tell.
  CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT);

  CREATE VIRTUAL TABLE product_search USING fts5(
    name, description, content = 'products', content_rowid = 'id');
  CREATE TRIGGER products_inserted AFTER INSERT ON products BEGIN
    INSERT INTO product_search (rowid, name, description)
    VALUES (new.id, new.name, new.description);
  END;
  CREATE TRIGGER products_deleted AFTER DELETE ON products BEGIN
    INSERT INTO product_search (product_search, rowid, name, description)
    VALUES ('delete', old.id, old.name, old.description);
  END;
  CREATE TRIGGER products_updated AFTER UPDATE ON products BEGIN
    INSERT INTO product_search (product_search, rowid, name, description)
    VALUES ('delete', old.id, old.name, old.description);
    INSERT INTO product_search (rowid, name, description)
    VALUES (new.id, new.name, new.description);
  END;
`;

/** When everything that the shop starts with was last touched. */
const OPENED = "2025-03-01 09:00:00";
/** The orders' ids start past what a double can hold, so that rounding anywhere would show. */
export const FIRST_ORDER = 9_007_199_254_740_993n;

const CUSTOMERS = ["Ada Byron", "Ben Okri", "Cleo Marin", "Dov Levi", "Eva Lund", "Finn Roth"];
const CITIES = ["Aarhus", "Bergen", "Cork", "Delft"];
const PRODUCTS: readonly (readonly [string, string, number])[] = [
  ["Espresso cups", "Set of four, white porcelain", 24.5],
  ["Moka pot", "For three cups, for gas and electric stoves", 29.9],
  ["Hand grinder", "Steel burrs, folding handle", 49],
  ["Filter papers", "100 pieces, unbleached", 4.2],
  ["Milk jug", "Half a litre, steel", 17.8],
  ["Tea strainer", "Fine mesh, with a stand", 8.6],
  ["French press", "One litre, glass", 34],
  ["Scale", "Grams and seconds", 39.9],
];

/** Makes the shop's database where none is. */
export function createShop(path: string): void {
  const db = new Database(path);
  db.exec(SCHEMA);
  db.transaction(() => {
    addCustomers(db);
    addProducts(db);
    addOrders(db);
    const setting = db.prepare("INSERT INTO settings VALUES (?, ?)");
    setting.run("opening hours", "9 to 17");
    setting.run("currency", "EUR");
  })();
  db.close();
}

function addCustomers(db: Database.Database): void {
  const insert = db.prepare("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)");
  for (const [index, name] of CUSTOMERS.entries()) {
    const email = `${name.split(" ")[0]?.toLowerCase() ?? ""}@example.org`;
    insert.run(index + 1, name, email, `555-010${index}`, CITIES[index % CITIES.length], OPENED);
  }
}

function addProducts(db: Database.Database): void {
  const product = db.prepare("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?)");
  const photo = db.prepare("INSERT INTO product_photos VALUES (?, ?, ?)");
  const movement = db.prepare("INSERT INTO stock_movements VALUES (?, ?, ?, ?)");
  for (const [index, [name, description, price]] of PRODUCTS.entries()) {
    const id = index + 1;
    product.run(id, name, description, price, 20, OPENED);
    if (index % 2 === 0) photo.run(id, Buffer.from([0xff, 0xd8, 0xff, id]), OPENED);
    movement.run(OPENED, id, 20, "first delivery");
  }
}

/** Nobody has ordered product 8 yet, nor has customer 6 ordered anything: those can go. */
function addOrders(db: Database.Database): void {
  const order = db.prepare("INSERT INTO orders VALUES (?, ?, ?, ?)");
  const line = db.prepare("INSERT INTO order_lines VALUES (?, ?, ?, ?)");
  for (let index = 0; index < 12; index += 1) {
    const id = FIRST_ORDER + BigInt(index);
    order.run(id, (index % 5) + 1, index < 9 ? "sent" : "open", OPENED);
    line.run(id, 1, (index % 5) + 1, 1);
    if (index % 3 === 0) line.run(id, 2, 4, 2);
  }
}
