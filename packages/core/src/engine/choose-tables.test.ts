import { isSyncError } from "@sync/model";
import { describe, expect, test } from "vitest";
import { attach } from "../../test/attached.ts";
import { projectPair } from "../sqlite/projection/project-pair.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import { chooseTables } from "./choose-tables.ts";
import type { ChosenTables } from "./choose-tables.ts";
import { WRITES_NOTHING } from "./see-pair.ts";

function schemaOf(sql: string): Schema {
  const { db, schemaName } = attach(sql);
  return readSchema(db, schemaName);
}

function chosen(a: Schema, b: Schema, tables?: readonly string[]): ChosenTables {
  const seen = projectPair({ a, b }, {}, WRITES_NOTHING);
  return chooseTables(seen, tables === undefined ? {} : { tables });
}

function errorOf(act: () => unknown): { code: string; message: string; next: string } {
  try {
    act();
  } catch (error) {
    if (isSyncError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const ORDERS = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);";

describe("chooseTables", () => {
  test("chooses every table where none is named", () => {
    const schema = schemaOf(`${ORDERS} CREATE TABLE people (id INTEGER PRIMARY KEY);`);
    expect(chosen(schema, schema).tables.map(({ name }) => name)).toEqual(["orders", "people"]);
  });

  test("finds a wanted table whatever its case", () => {
    const schema = schemaOf(`${ORDERS} CREATE TABLE people (id INTEGER PRIMARY KEY);`);
    expect(chosen(schema, schema, ["Orders"]).tables.map(({ name }) => name)).toEqual(["orders"]);
  });

  test("names what an unknown table was most likely meant to be", () => {
    const schema = schemaOf(`${ORDERS} CREATE TABLE people (id INTEGER PRIMARY KEY);`);
    const error = errorOf(() => chosen(schema, schema, ["ordres"]));
    expect(error.code).toBe("SYNC_UNKNOWN_TABLE");
    expect(error.message).toBe("Neither database has a table `ordres`; did you mean `orders`?");
    expect(error.next).toBe("The tables are `orders`, `people`.");
  });

  test("stops at a difference in a chosen table and says what to do", () => {
    const other = schemaOf("CREATE TABLE orders (id INTEGER PRIMARY KEY, note BLOB);");
    const error = errorOf(() => chosen(schemaOf(ORDERS), other));
    expect(error.code).toBe("SYNC_SCHEMA_MISMATCH");
    expect(error.message).toContain("column `note` is TEXT in a and BLOB in b");
    expect(error.message).toContain("Rebuild the table on one side");
  });

  test("does not mind a difference in a table that is not chosen", () => {
    const more = schemaOf(`${ORDERS} CREATE TABLE people (id INTEGER PRIMARY KEY);`);
    expect(chosen(schemaOf(ORDERS), more, ["orders"]).tables).toHaveLength(1);
  });

  test("tells which tables are left out", () => {
    const schema = schemaOf(`${ORDERS} CREATE VIRTUAL TABLE words USING fts5(word, content='');`);
    expect(chosen(schema, schema).notices).toEqual([
      "The table `words` is left out: it is a full-text index without content: there are no rows to read.",
    ]);
  });

  test("refuses a wanted index and names the table to choose instead", () => {
    const schema = schemaOf(
      `${ORDERS} CREATE VIRTUAL TABLE words USING fts5(note, content=orders, content_rowid=id);`,
    );
    const error = errorOf(() => chosen(schema, schema, ["words"]));
    expect(error.code).toBe("SYNC_UNSUPPORTED");
    expect(error.next).toBe("Choose `orders` instead.");
  });
});
