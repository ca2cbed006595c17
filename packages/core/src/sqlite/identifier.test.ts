import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { foldName, isSameName, quoteName, quoteText } from "./identifier.ts";

const odd = [
  'a"b',
  "it's",
  "a b",
  "select",
  "ümläut",
  "]",
  "[x]",
  "`",
  "",
  "a\nb",
  "--",
  "t.c",
  '""',
];

test.each(odd)("quoteName makes %j a column's name", (name) => {
  const db = new Database(":memory:");
  db.exec(`CREATE TABLE t (${quoteName(name)})`);
  expect(db.prepare("SELECT name FROM pragma_table_xinfo('t')").pluck().get()).toBe(name);
});

test.each(odd)("quoteText makes %j a value", (text) => {
  expect(
    new Database(":memory:")
      .prepare(`SELECT ${quoteText(text)}`)
      .pluck()
      .get(),
  ).toBe(text);
});

test("names differ by case in ASCII letters only, as in SQLite", () => {
  expect(isSameName("Price_B", "pRICE_b")).toBe(true);
  expect(isSameName("Ä", "ä")).toBe(false);
  expect(foldName("İD")).toBe("İd");
  expect(() => new Database(":memory:").exec('CREATE TABLE t ("Ä", "ä")')).not.toThrow();
});
