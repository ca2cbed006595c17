import { describe, expect, test } from "vitest";
import { allowSchemaEdits, attach } from "../../../test/attached.ts";
import { tableNamed } from "./compare-schemas.ts";
import { readSchema } from "./read-schema.ts";
import type { Column, Schema } from "./types.ts";

function schemaOf(sql: string, readonly = false): Schema {
  const { db, schemaName } = attach(sql, { readonly, prepare: allowSchemaEdits });
  return readSchema(db, schemaName);
}

function columnsOf(schema: Schema, table: string): readonly (readonly unknown[])[] {
  const columns: readonly Column[] = tableNamed(schema, table)?.columns ?? [];
  return columns.map(({ name, affinity, mixedClasses }) => [name, affinity, mixedClasses]);
}

/** A virtual table as a foreign build leaves it: only its row in sqlite_schema. */
function foreignTable(name: string, using: string): string {
  return `INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
    VALUES ('table', '${name}', '${name}', 0, 'CREATE VIRTUAL TABLE ${name} USING ${using}');`;
}

const names = (
  items: readonly { readonly table?: string; readonly name?: string }[],
): readonly unknown[] => items.map((item) => item.name ?? item.table);

describe.each([false, true])("readonly: %s", (readonly) => {
  test.each(["fts3", "fts4", "fts5"])(
    "a %s table with its own content is synced by rowid",
    (module) => {
      const schema = schemaOf(
        `CREATE VIRTUAL TABLE "my docs" USING ${module}(title, "the body")`,
        readonly,
      );
      expect(columnsOf(schema, "my docs")).toEqual([
        ["rowid", "INTEGER", "never"],
        ["title", "BLOB", "any"],
        ["the body", "BLOB", "any"],
      ]);
      expect(tableNamed(schema, "my docs")).toMatchObject({
        kind: "virtual",
        key: [{ name: "rowid", collation: "BINARY" }],
        keyIsRowid: true,
        nullableKey: false,
        rowidName: null,
      });
      expect(schema.tables).toHaveLength(1);
      expect(schema.leftOut).toEqual([]);
    },
  );

  test("R-trees are synced by their id, geopoly by its rowid", () => {
    const schema = schemaOf(
      `CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note TEXT); CREATE VIRTUAL TABLE i USING rtree_i32(rowid, x0, x1);
       CREATE VIRTUAL TABLE g USING geopoly(name)`,
      readonly,
    );
    expect(columnsOf(schema, "r")).toEqual([
      ["id", "INTEGER", "never"],
      ["x0", "REAL", "never"],
      ["x1", "REAL", "never"],
      ["note", "BLOB", "any"],
    ]);
    expect(columnsOf(schema, "i")).toEqual([
      ["rowid", "INTEGER", "never"],
      ["x0", "INTEGER", "never"],
      ["x1", "INTEGER", "never"],
    ]);
    expect(columnsOf(schema, "g")).toEqual([
      ["rowid", "INTEGER", "never"],
      ["_shape", "BLOB", "any"],
      ["name", "BLOB", "any"],
    ]);
    expect(schema.tables.map(({ key }) => key[0]?.name)).toEqual(["id", "rowid", "rowid"]);
    expect(schema.tables).toHaveLength(3);
  });
});

test("a language id of FTS4 is a column, though a hidden one", () => {
  expect(
    columnsOf(schemaOf(`CREATE VIRTUAL TABLE f USING fts4(x, languageid="lang")`), "f").map(
      ([name]) => name,
    ),
  ).toEqual(["rowid", "x", "lang"]);
});

test("a column named rowid, which FTS4 allows, leaves no way to know the rows by", () => {
  expect(schemaOf("CREATE VIRTUAL TABLE f USING fts4(rowid, x)").leftOut).toMatchObject([
    { table: "f", severity: "unsupported" },
  ]);
});

describe("a virtual table that triggers write to follows them", () => {
  const base = "CREATE TABLE doc (id INTEGER PRIMARY KEY, x); CREATE TABLE log (x);";

  test("with content of its own, R-trees and contentless ones too", () => {
    const schema =
      schemaOf(`${base} CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
      CREATE VIRTUAL TABLE c USING fts5(x, content='');
      CREATE TRIGGER t1 AFTER INSERT ON doc BEGIN INSERT INTO "F" (rowid, x) VALUES (new.id, new.x); INSERT INTO c (rowid, x) VALUES (new.id, new.x); END;
      CREATE TRIGGER t2 AFTER DELETE ON log BEGIN DELETE FROM [r]; DELETE FROM f; END;`);
    expect(schema.derived).toEqual([
      { name: "f", module: "fts5", fedByTriggers: true, content: "doc", canRebuild: false },
      { name: "r", module: "rtree", fedByTriggers: true, content: "log", canRebuild: false },
      { name: "c", module: "fts5", fedByTriggers: true, content: "doc", canRebuild: false },
    ]);
    expect(names(schema.tables)).toEqual(["doc", "log"]);
  });

  test("but a trigger on a view does not count: writing rows never fires it", () => {
    const schema =
      schemaOf(`${base} CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIEW v AS SELECT * FROM doc;
      CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN INSERT INTO f (x) VALUES (new.x); END;`);
    expect(schema.derived).toEqual([]);
    expect(names(schema.tables)).toEqual(["doc", "log", "f"]);
  });
});

describe("an index with external content follows it", () => {
  test.each([
    ["fts5(x, content=doc, content_rowid=id)", "doc", "fts5"],
    ["fts5(x, CONTENT = 'DOC')", "doc", "fts5"],
    ['fts5(x, c="doc")', "doc", "fts5"],
    ["fts5(x, content=[v w])", "v w", "fts5"],
    ['fts4(content="doc", x)', "doc", "fts4"],
    ["FTS4(content=doc)", "doc", "fts4"],
  ])("%s", (using, content, module) => {
    const sql = `CREATE TABLE doc (id INTEGER PRIMARY KEY, x); CREATE VIEW "v w" AS SELECT 1 AS x; CREATE VIRTUAL TABLE f USING ${using};`;
    expect(schemaOf(sql)).toMatchObject({
      derived: [{ name: "f", module, fedByTriggers: false, content, canRebuild: true }],
      tables: [{ name: "doc" }],
      leftOut: [],
    });
    const fed = `${sql} CREATE TRIGGER t AFTER INSERT ON doc BEGIN INSERT INTO f (rowid, x) VALUES (new.id, new.x); END;`;
    expect(schemaOf(fed).derived).toMatchObject([
      { fedByTriggers: true, content, canRebuild: true },
    ]);
  });

  test("in FTS3 `content=…` is a column's name, not an option", () => {
    expect(
      schemaOf("CREATE TABLE doc (x); CREATE VIRTUAL TABLE f USING fts3(content=doc, x)").tables,
    ).toHaveLength(2);
  });
});

describe("what stays out is said", () => {
  test("an index without content", () => {
    const schema =
      schemaOf(`CREATE VIRTUAL TABLE f USING fts5(x, content=''); CREATE VIRTUAL TABLE g USING fts5(x, content='', contentless_delete=1);
      CREATE VIRTUAL TABLE h USING fts4(x, content="")`);
    expect(names(schema.leftOut)).toEqual(["f", "g", "h"]);
    expect(new Set(schema.leftOut.map(({ severity }) => severity))).toEqual(new Set(["notice"]));
    expect(schema.tables).toEqual([]);
  });

  test("an index whose content is gone", () => {
    const schema = schemaOf(
      "CREATE TABLE d (x); CREATE VIRTUAL TABLE f USING fts5(x, content=d); DROP TABLE d",
    );
    expect(schema.leftOut).toEqual([
      { table: "f", severity: "notice", reason: "it indexes d, which does not exist" },
    ]);
  });

  test("tables that only show others", () => {
    const schema =
      schemaOf(`CREATE VIRTUAL TABLE f USING fts5(x); CREATE VIRTUAL TABLE v USING fts5vocab(f, 'row'); CREATE VIRTUAL TABLE s USING dbstat;
      CREATE VIRTUAL TABLE f4 USING fts4(x); CREATE VIRTUAL TABLE a4 USING fts4aux(f4)`);
    expect(names(schema.tables)).toEqual(["f", "f4"]);
    expect(schema.leftOut.map(({ table, severity }) => [table, severity])).toEqual([
      ["v", "notice"],
      ["s", "notice"],
      ["a4", "notice"],
    ]);
  });

  test("a missing module, and the tables that may be its own", () => {
    const schema =
      schemaOf(`CREATE TABLE vec_chunks (id INTEGER PRIMARY KEY); CREATE TABLE vector (id INTEGER PRIMARY KEY);
      ${foreignTable("vec", "vec0(embedding float[3])")}`);
    expect(schema.leftOut).toEqual([
      {
        table: "vec",
        severity: "unsupported",
        reason: "it needs the module vec0, which is not here",
      },
      {
        table: "vec_chunks",
        severity: "unsupported",
        reason: "it may belong to the virtual table vec, whose module is not here",
      },
    ]);
    expect(names(schema.tables)).toEqual(["vector"]);
  });

  test("a module that refuses its arguments", () => {
    const schema = schemaOf(
      `CREATE TABLE f_content (id INTEGER PRIMARY KEY); ${foreignTable("f", "fts5(x, tokenize=nonesuch)")}`,
    );
    expect(schema.leftOut).toMatchObject([{ table: "f", severity: "unsupported" }]);
    expect(schema.leftOut[0]?.reason).toContain("fts5");
    expect(schema.tables).toEqual([]);
  });
});
