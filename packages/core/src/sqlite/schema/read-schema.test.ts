import { describe, expect, test } from "vitest";
import { allowSchemaEdits, attach } from "../../../test/attached.ts";
import type { AttachedOptions } from "../../../test/attached.ts";
import { tableNamed } from "./compare-schemas.ts";
import { readSchema } from "./read-schema.ts";
import type { Schema, Table } from "./types.ts";

function schemaOf(sql: string, options?: AttachedOptions): Schema {
  const { db, schemaName } = attach(sql, options);
  return readSchema(db, schemaName);
}

function tableOf(sql: string, name = "t"): Table {
  const table = tableNamed(schemaOf(sql), name);
  if (table === null) throw new Error(`no table ${name}`);
  return table;
}

function columnNames(table: Table): readonly string[] {
  return table.columns.map((column) => column.name);
}

describe("what is a table", () => {
  const sql = `
    CREATE TABLE zebra (id INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE ant (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE bee (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE VIEW v AS SELECT * FROM nonesuch;
    CREATE VIRTUAL TABLE ft USING fts5(x);
    CREATE TABLE ft_mine (id);
    INSERT INTO zebra DEFAULT VALUES;
    ANALYZE zebra;`;

  test.each([false, true])(
    "tables come in the order of creation, without views, shadow and internal tables (readonly: %s)",
    (readonly) => {
      const schema = schemaOf(sql, { readonly });
      expect(schema.tables.map((table) => table.name)).toEqual([
        "zebra",
        "ant",
        "bee",
        "ft",
        "ft_mine",
      ]);
      expect(schema.leftOut).toEqual([]);
      expect(schema.derived).toEqual([]);
      expect(schema.tables.map((table) => table.kind)).toEqual([
        "ordinary",
        "ordinary",
        "without-rowid",
        "virtual",
        "ordinary",
      ]);
      expect(schema.tables.map((table) => table.strict)).toEqual([
        false,
        true,
        false,
        false,
        false,
      ]);
      expect(schema.tables.map((table) => table.autoincrement)).toEqual([
        true,
        false,
        false,
        false,
        false,
      ]);
    },
  );

  test("tables of the same name in main and temp are not looked at", () => {
    const { db } = attach(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE REFERENCES p); CREATE TABLE p (id INTEGER PRIMARY KEY)",
    );
    db.exec(
      "CREATE TABLE t (other PRIMARY KEY) WITHOUT ROWID; CREATE TEMP TABLE t (another PRIMARY KEY) WITHOUT ROWID; CREATE TEMP TABLE p (x PRIMARY KEY)",
    );
    const table = tableNamed(readSchema(db, "a"), "t");
    expect(table && columnNames(table)).toEqual(["id", "a"]);
    expect(table?.kind).toBe("ordinary");
    expect(table?.uniqueIndexes).toHaveLength(1);
    expect(table?.foreignKeys[0]?.parentColumns).toEqual(["id"]);
  });

  test("a connection that gives BigInts reads the same", () => {
    const { db } = attach(sql);
    const expected = readSchema(db, "a");
    db.defaultSafeIntegers(true);
    expect(readSchema(db, "a")).toEqual(expected);
  });

  test("the encoding is the attached file's", () => {
    const { db } = attach("CREATE TABLE t (x)");
    expect(readSchema(db, "a").encoding).toBe("UTF-8");
    expect(
      schemaOf("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x)", { readonly: true }).encoding,
    ).toBe("UTF-16le");
  });

  test("a trigger or view with a double-quoted text does not keep the schema from being read", () => {
    const schema = schemaOf(`CREATE TABLE t (id INTEGER PRIMARY KEY, x);
      CREATE VIEW v AS SELECT "text" FROM t;
      CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET x = "text"; END;`);
    expect(schema.tables[0]?.triggers[0]?.writes).toEqual(["t"]);
  });

  test("names with quotes, spaces, keywords, brackets and other scripts come through", () => {
    const table = tableOf(
      `CREATE TABLE "my ""odd"" ]table" ("select" TEXT, [a b] INT, \`ü]\` REAL, 'str' BLOB, "q""q" TEXT COLLATE NOCASE,
      PRIMARY KEY ("q""q", [a b]))`,
      'my "odd" ]table',
    );
    expect(columnNames(table)).toEqual(["select", "a b", "ü]", "str", 'q"q']);
    expect(table.key).toEqual([
      { name: 'q"q', collation: "NOCASE" },
      { name: "a b", collation: "BINARY" },
    ]);
    expect(table.columns[4]).toMatchObject({
      collation: "NOCASE",
      definition: '"q""q" TEXT COLLATE NOCASE',
    });
  });
});

describe("the key", () => {
  test.each([
    ["CREATE TABLE t (id INTEGER PRIMARY KEY, x)", ["id"], true, false, null],
    ["CREATE TABLE t (x, id INTEGER, PRIMARY KEY (id DESC))", ["id"], true, false, null],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", ["id"], true, false, null],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY DESC, x)", ["id"], false, true, "rowid"],
    ["CREATE TABLE t (id INT PRIMARY KEY, x)", ["id"], false, true, "rowid"],
    ["CREATE TABLE t (id INTEGER PRIMARY KEY, x) WITHOUT ROWID", ["id"], false, false, null],
    ["CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, x)", ["id"], false, false, "rowid"],
    ["CREATE TABLE t (id TEXT PRIMARY KEY, x ANY) STRICT", ["id"], false, false, "rowid"],
    ["CREATE TABLE t (a NOT NULL, b, c, PRIMARY KEY (b, a))", ["b", "a"], false, true, "rowid"],
    ["CREATE TABLE t (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID", ["b", "a"], false, false, null],
    ["CREATE TABLE t (a, b)", [], false, false, "rowid"],
    ["CREATE TABLE t (a UNIQUE NOT NULL, b)", ["a"], false, false, "rowid"],
    ["CREATE TABLE t (a UNIQUE, b)", [], false, false, "rowid"],
    ["CREATE TABLE t (a NOT NULL, b, UNIQUE (a, b))", [], false, false, "rowid"],
    [
      "CREATE TABLE t (a NOT NULL); CREATE UNIQUE INDEX i ON t (a) WHERE a > 0",
      [],
      false,
      false,
      "rowid",
    ],
    [
      "CREATE TABLE t (a NOT NULL); CREATE UNIQUE INDEX i ON t (lower(a))",
      [],
      false,
      false,
      "rowid",
    ],
    ["CREATE TABLE t (a NOT NULL); CREATE INDEX i ON t (a)", [], false, false, "rowid"],
    ["CREATE TABLE t (a, b NOT NULL AS (a || 'x') STORED UNIQUE)", [], false, false, "rowid"],
    ["CREATE TABLE t (a, a2 UNIQUE NOT NULL, id INTEGER PRIMARY KEY)", ["id"], true, false, null],
    ["CREATE TABLE t (a, PRIMARY KEY (a, a))", ["a"], false, true, "rowid"],
    ["CREATE TABLE t (rowid INTEGER PRIMARY KEY, x)", ["rowid"], true, false, null],
  ] as const)("%s", (...row) => {
    const [sql, key, keyIsRowid, nullableKey, rowidName] = row;
    const table = tableOf(sql);
    expect(table.key.map((part) => part.name)).toEqual(key);
    expect(table).toMatchObject({ keyIsRowid, nullableKey, rowidName });
  });

  test("has the collation of its index, not of the column", () => {
    expect(tableOf("CREATE TABLE t (k TEXT, PRIMARY KEY (k COLLATE nocase))")).toMatchObject({
      key: [{ name: "k", collation: "NOCASE" }],
      columns: [{ collation: "BINARY" }],
    });
    expect(
      tableOf(
        "CREATE TABLE t (k TEXT COLLATE RTRIM NOT NULL); CREATE UNIQUE INDEX i ON t (k COLLATE BINARY)",
      ),
    ).toMatchObject({
      key: [{ name: "k", collation: "BINARY" }],
      columns: [{ collation: "RTRIM" }],
    });
    expect(tableOf("CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID").key).toEqual(
      [{ name: "k", collation: "NOCASE" }],
    );
  });

  test.each(["k COLLATE NOCASE, k", "k, k COLLATE NOCASE", "k, k"])(
    "of PRIMARY KEY (%s) is one column, compared by the finest collation",
    (columns) => {
      expect(tableOf(`CREATE TABLE t (k TEXT, PRIMARY KEY (${columns}))`).key).toEqual([
        { name: "k", collation: "BINARY" },
      ]);
    },
  );

  test("among UNIQUE indexes is the one of fewest columns, then of the columns that come first", () => {
    const columns = "a NOT NULL, b NOT NULL, c NOT NULL, d NOT NULL";
    const indexes = [
      "CREATE UNIQUE INDEX x ON t (a, b)",
      "CREATE UNIQUE INDEX y ON t (d)",
      "CREATE UNIQUE INDEX z ON t (c)",
    ];
    for (const order of [indexes, indexes.toReversed()]) {
      const table = tableOf(`CREATE TABLE t (${columns}); ${order.join(";")}`);
      expect(table.key).toEqual([{ name: "c", collation: "BINARY" }]);
      expect(table.uniqueIndexes.map((index) => index.name).toSorted()).toEqual(["x", "y"]);
    }
  });
});

describe("the rowid's name", () => {
  test.each([
    ["CREATE TABLE t (a, RowId)", "_rowid_"],
    ["CREATE TABLE t (oid, ROWID, a)", "_rowid_"],
    ["CREATE TABLE t (rowid, _rowid_, a)", "oid"],
    ["CREATE TABLE t (rowid, _rowid_, OID)", null],
    ["CREATE TABLE t (a, rowid AS (a))", "_rowid_"],
    ["CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID", null],
  ])("%s: %s", (sql, name) => {
    const { db } = attach(sql);
    expect(readSchema(db, "a").tables[0]?.rowidName).toBe(name);
  });
});

describe("columns", () => {
  test("generated columns are kept apart, virtual and stored", () => {
    const table = tableOf(`CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL,
      v INT GENERATED ALWAYS AS (a * 2 /* twice */) VIRTUAL, s TEXT NOT NULL AS (coalesce(a, ')')) STORED, b)`);
    expect(columnNames(table)).toEqual(["id", "a", "b"]);
    expect(
      table.generated.map(({ name, affinity, expression }) => [name, affinity, expression]),
    ).toEqual([
      ["v", "INTEGER", "a * 2"],
      ["s", "TEXT", "coalesce(a, ')')"],
    ]);
  });

  test("NOT NULL, also where a primary key implies it", () => {
    expect(
      tableOf("CREATE TABLE t (a, b NOT NULL, c NULL, PRIMARY KEY (a)) WITHOUT ROWID").columns.map(
        (column) => column.notNull,
      ),
    ).toEqual([true, true, false]);
  });

  test("the last COLLATE of the column itself counts, not those inside expressions", () => {
    const table = tableOf(
      "CREATE TABLE t (a CHECK (a COLLATE NOCASE <> 'x'), b DEFAULT (1) COLLATE nocase COLLATE RTRIM, c DEFAULT 'COLLATE NOCASE')",
    );
    expect(table.columns.map((column) => column.collation)).toEqual(["BINARY", "RTRIM", "BINARY"]);
  });

  test("definitions have no comments, so that they fit on a line", () => {
    const table = tableOf(
      "CREATE TABLE t (a TEXT -- the name, really\n NOT NULL /* , */ DEFAULT 'x', b)",
    );
    expect(table.columns.map((column) => column.definition)).toEqual([
      "a TEXT NOT NULL DEFAULT 'x'",
      "b",
    ]);
  });
});

describe("unique indexes", () => {
  test("tell expressions, collations and the condition as written", () => {
    const table =
      tableOf(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE UNIQUE, b, g AS (b + 1));
      CREATE UNIQUE INDEX "odd "" on" ON t (lower(a) || ',' /* key */ COLLATE RTRIM, "b" ASC, (lower(a) COLLATE rtrim) DESC, upper(a) COLLATE rtrim, g) WHERE a IS NOT NULL -- and
        AND b > ';';
      CREATE INDEX plain ON t (b);`);
    expect(table.uniqueIndexes).toEqual([
      {
        name: "sqlite_autoindex_t_1",
        parts: [{ column: "a", expression: null, collation: "NOCASE" }],
        where: null,
      },
      {
        name: 'odd " on',
        parts: [
          { column: null, expression: "lower(a) || ',' COLLATE RTRIM", collation: "BINARY" },
          { column: "b", expression: null, collation: "BINARY" },
          { column: null, expression: "(lower(a) COLLATE rtrim)", collation: "RTRIM" },
          { column: null, expression: "upper(a) COLLATE rtrim", collation: "RTRIM" },
          { column: "g", expression: null, collation: "BINARY" },
        ],
        where: "a IS NOT NULL AND b > ';'",
      },
    ]);
  });

  test("of a WITHOUT ROWID table do not hold the appended primary key", () => {
    const table = tableOf("CREATE TABLE t (k PRIMARY KEY, u UNIQUE) WITHOUT ROWID");
    expect(table.uniqueIndexes.map((index) => index.parts.map((part) => part.column))).toEqual([
      ["u"],
    ]);
  });
});

describe("foreign keys", () => {
  test("are in the order of their declaration, with parents resolved", () => {
    const table =
      tableOf(`CREATE TABLE parent (x, id TEXT, y, PRIMARY KEY (y, id)); CREATE TABLE other (Key INTEGER PRIMARY KEY, U UNIQUE);
      CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, up REFERENCES T, o REFERENCES OTHER (u), lost REFERENCES nowhere, lost2 REFERENCES nowhere (Z),
        FOREIGN KEY (a, b) REFERENCES Parent)`);
    expect(table.foreignKeys).toEqual([
      { columns: ["up"], parentTable: "t", parentColumns: ["id"] },
      { columns: ["o"], parentTable: "other", parentColumns: ["U"] },
      { columns: ["lost"], parentTable: "nowhere", parentColumns: [] },
      { columns: ["lost2"], parentTable: "nowhere", parentColumns: ["Z"] },
      { columns: ["a", "b"], parentTable: "parent", parentColumns: ["y", "id"] },
    ]);
  });
});

describe("conflict clauses", () => {
  test.each([
    ["CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE)", ["unique ( a ) on conflict replace"]],
    [
      "CREATE TABLE t (a, B, CONSTRAINT c UNIQUE (a, [B]) on/**/conflict IGNORE)",
      ["unique ( a , b ) on conflict ignore"],
    ],
    [
      "CREATE TABLE t (a INTEGER PRIMARY KEY ASC ON CONFLICT FAIL)",
      ["primary key ( a ) on conflict fail"],
    ],
    [
      "CREATE TABLE t (a TEXT NOT NULL ON CONFLICT ROLLBACK DEFAULT '')",
      ["not null ( a ) on conflict rollback"],
    ],
    ["CREATE TABLE t (a UNIQUE ON CONFLICT ABORT)", []],
    [
      "CREATE TABLE t (a DEFAULT 'ON CONFLICT REPLACE', b CHECK (b <> 'x') /* ON CONFLICT IGNORE */, c REFERENCES t ON DELETE SET NULL)",
      [],
    ],
  ])("%s", (sql, clauses) => {
    const table = tableOf(sql);
    expect(table.conflictClauses).toEqual(clauses);
    expect(table.conflictClause).toBe(clauses.length > 0);
  });
});

test("CHECKs of columns and table are one list, as written", () => {
  const table =
    tableOf(`CREATE TABLE t (a INT CHECK (a > 0) CHECK (A<10), "b b" TEXT CONSTRAINT named CHECK ("b b" IN ('CHECK (1)', ')')),
    CHECK ( "A"<>[b b] ) CONSTRAINT z CHECK (length(a) == 1))`);
  expect(table.checks).toEqual([
    "a > 0",
    "A<10",
    `"b b" IN ('CHECK (1)', ')')`,
    '"A"<>[b b]',
    "length(a) == 1",
  ]);
});

test("double-quoted texts in expressions come out as strings, names as names", () => {
  const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, "a b" CHECK ("a b" <> 'it~s'), g AS ("a b" || 'x~' COLLATE "nocase"));
    CREATE UNIQUE INDEX i ON t ("a b" || 'y~') WHERE "a b" > 'z~';
    UPDATE sqlite_schema SET sql = replace(replace(sql, char(39), '"'), '~', char(39));`;
  const table = schemaOf(sql, { prepare: allowSchemaEdits }).tables[0];
  expect(table?.sql).toContain(`<> "it's"`);
  expect(table?.checks).toEqual([`"a b" <> 'it''s'`]);
  expect(table?.generated[0]?.expression).toBe(`"a b" || 'x''' COLLATE "nocase"`);
  expect(table?.uniqueIndexes).toMatchObject([
    { parts: [{ expression: `"a b" || 'y'''` }], where: `"a b" > 'z'''` },
  ]);
});

describe("triggers", () => {
  test("are those of the table, in the order of sqlite_schema, as stored", () => {
    const schema = schemaOf(
      `CREATE TABLE t (x); CREATE TABLE u (x); CREATE VIEW v AS SELECT * FROM t;
      CREATE TRIGGER z AFTER INSERT ON T BEGIN DELETE FROM u; END;
      CREATE TRIGGER y INSTEAD OF INSERT ON v BEGIN DELETE FROM t; END;
      CREATE TRIGGER a.x BEFORE DELETE ON u BEGIN SELECT RAISE(ABORT, 'no'); END;
      CREATE TRIGGER b AFTER UPDATE OF x ON t BEGIN UPDATE t SET x = 1; END;`.replace("a.x", "x"),
    );
    expect(
      schema.tables.map((table) => table.triggers.map(({ name, writes }) => ({ name, writes }))),
    ).toEqual([
      [
        { name: "z", writes: ["u"] },
        { name: "b", writes: ["t"] },
      ],
      [{ name: "x", writes: [] }],
    ]);
    expect(schema.tables[0]?.triggers[0]?.sql).toBe(
      "CREATE TRIGGER z AFTER INSERT ON T BEGIN DELETE FROM u; END",
    );
  });
});
