import type Database from "better-sqlite3";
import type { Size, TableChanges } from "./sizes.ts";

/** The three tables of a shop's database, one for each kind of key. */
export const SCHEMA: string = `
CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  body TEXT,
  amount REAL,
  updated_at TEXT NOT NULL
);
CREATE TABLE lines (
  order_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  article TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  price REAL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (order_id, line)
) WITHOUT ROWID;
CREATE TABLE contacts (
  email TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  remark TEXT,
  updated_at TEXT NOT NULL
);`;

const EDITED = "'2024-06-01 12:00:00'";

/** Fills a new database. Every value follows from the row's number: no clock, no random source. */
export function fill(db: Database.Database, size: Size): void {
  db.exec(`${SCHEMA}
    BEGIN;
    ${insertNotes(1, size.notes)};
    ${insertLines(1, size.lines)};
    ${insertContacts(1, size.contacts)};
    COMMIT;`);
}

/** Turns a copy into the other side: the size's differences, scattered evenly over every table. */
export function change(db: Database.Database, size: Size): void {
  const { notes, lines, contacts } = size.changes;
  db.exec(`
    BEGIN;
    ${scatter("UPDATE notes SET body = body || ' edited'", "id", size.notes, notes)};
    ${insertNotes(size.notes + 1, size.notes + notes.inserted)};
    ${scatter("UPDATE lines SET quantity = quantity + 1", "order_id * 5 + line", size.lines, lines)};
    ${insertLines(size.lines + 1, size.lines + lines.inserted)};
    ${scatter("UPDATE contacts SET remark = remark || ' edited'", "rowid", size.contacts, contacts)};
    ${insertContacts(size.contacts + 1, size.contacts + contacts.inserted)};
    COMMIT;`);
}

/** How many rows `change` edited and nothing deleted afterwards. */
export function countEdited(db: Database.Database): number {
  const rows = ["notes", "lines", "contacts"].map((table) =>
    Number(db.prepare(`SELECT count(*) FROM ${table} WHERE updated_at = ${EDITED}`).pluck().get()),
  );
  return rows.reduce((sum, count) => sum + count, 0);
}

/** Numbers `from` to `to` as `n`, with `x`, a scrambled form of 32 bits (Knuth's multiplicative hash). */
function numbers(from: number, to: number): string {
  return `WITH RECURSIVE c(n) AS (VALUES (${from}) UNION ALL SELECT n + 1 FROM c WHERE n < ${to}),
    r(n, x) AS (SELECT n, (n * 2654435761) % 4294967296 FROM c)`;
}

const TIME = "datetime(1700000000 + x % 10000000, 'unixepoch')";

function insertNotes(from: number, to: number): string {
  return `INSERT INTO notes ${numbers(from, to)}
    SELECT n, printf('Note %d about %x', n, x),
      printf('%08x and %08x, written at the counter; %08x', x, (x * 31) % 4294967296, (x * 17) % 4294967296)
        || substr('; to be answered by the end of the week, with a copy to the office; see also the delivery before', 1, x % 98),
      x / 100.0, ${TIME} FROM r`;
}

/** Five lines an order, in key order. */
function insertLines(from: number, to: number): string {
  return `INSERT INTO lines ${numbers(from, to)}
    SELECT (n - 1) / 5, (n - 1) % 5 + 1, printf('article %08x, shelf %d, box %d', x, x % 900, x % 70),
      x % 20 + 1, x / 1000.0, ${TIME} FROM r`;
}

function insertContacts(from: number, to: number): string {
  return `INSERT INTO contacts ${numbers(from, to)}
    SELECT printf('%08x.%d@example.org', x, n), printf('Customer number %d', n),
      printf('rings back on %08x, prefers letters', (x * 31) % 4294967296), ${TIME} FROM r`;
}

/**
 * One row of each stride is updated, another one deleted, as often as wanted. For the sizes we have,
 * no stride of updates meets one of deletes: 5, the distance of the offsets, is no multiple of what
 * the two strides have in common.
 */
function scatter(update: string, number: string, rows: number, changes: TableChanges): string {
  const table = /UPDATE (\w+)/.exec(update)?.[1] ?? "";
  const chosen = (count: number, offset: number): string => {
    const stride = Math.floor(rows / count);
    return `WITH RECURSIVE c(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM c WHERE n < ${count - 1})
      SELECT n * ${stride} + ${offset} FROM c`;
  };
  return `${update}, updated_at = ${EDITED} WHERE ${number} IN (${chosen(changes.updated, 7)});
    DELETE FROM ${table} WHERE ${number} IN (${chosen(changes.deleted, 12)})`;
}
