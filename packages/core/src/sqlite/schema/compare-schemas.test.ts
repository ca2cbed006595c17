import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowSchemaEdits, attach } from "../../../test/attached.ts";
import { compareSchemas, tableNamed } from "./compare-schemas.ts";
import { readSchema } from "./read-schema.ts";
import type { Schema, SchemaDifference } from "./types.ts";

function schemaOf(sql: string): Schema {
  const { db, schemaName } = attach(sql, { readonly: true, prepare: allowSchemaEdits });
  return readSchema(db, schemaName);
}

function differences(a: string, b: string): SchemaDifference[] {
  return compareSchemas(schemaOf(a), schemaOf(b));
}

function messages(a: string, b: string): readonly string[] {
  return differences(a, b).map(({ message }) => message);
}

describe("no difference", () => {
  test.each([
    [
      "column order",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL)",
      "CREATE TABLE t (b REAL, a TEXT, id INTEGER PRIMARY KEY)",
    ],
    [
      "DEFAULT",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a DEFAULT 1)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a DEFAULT (2))",
    ],
    [
      "type names of one affinity",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(9))",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
    ],
    [
      "AUTOINCREMENT",
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY)",
    ],
    [
      "quoting, case, space and comments",
      `CREATE TABLE "T" ("Id" integer primary key, [a b] text check ("Id"<>'x' /* c */))`,
      "CREATE TABLE t (id INTEGER PRIMARY KEY, `a b` TEXT CHECK ( ID != 'x' )) -- end",
    ],
    [
      "double-quoted texts",
      `CREATE TABLE t (a CHECK (a <> 'x')); UPDATE sqlite_schema SET sql = replace(sql, char(39), '"')`,
      "CREATE TABLE t (a CHECK (a <> 'x'))",
    ],
    [
      "plain indexes",
      "CREATE TABLE t (a); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a) WHERE a",
      "CREATE TABLE t (a)",
    ],
    [
      "triggers and views",
      "CREATE TABLE t (a); CREATE VIEW v AS SELECT 1; CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
      "CREATE TABLE t (a)",
    ],
    [
      "constraint names and places",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a CONSTRAINT one UNIQUE CONSTRAINT two CHECK (a > 0))",
      "CREATE TABLE t (id INTEGER CONSTRAINT pk PRIMARY KEY, a, CHECK (a > 0), UNIQUE (a))",
    ],
    [
      "a UNIQUE constraint and a unique index",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX i ON t (a)",
    ],
    [
      "the order of unique columns",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, UNIQUE (a, b))",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, UNIQUE (b, a))",
    ],
    [
      "a unique index that repeats the key",
      "CREATE TABLE t (k TEXT PRIMARY KEY)",
      "CREATE TABLE t (k TEXT PRIMARY KEY); CREATE UNIQUE INDEX i ON t (k)",
    ],
    [
      "ON CONFLICT ABORT",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT ABORT)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)",
    ],
    [
      "an implied parent key",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE CASCADE)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES T (ID))",
    ],
    [
      "STORED and VIRTUAL",
      "CREATE TABLE t (a, g AS (a+1) STORED)",
      "CREATE TABLE t (a, g GENERATED ALWAYS AS (a + 1) VIRTUAL)",
    ],
    [
      "index options of a derived table",
      "CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(a, content=t)",
      "CREATE TABLE t (a)",
    ],
  ])("%s", (_, a, b) => {
    expect(differences(a, b)).toEqual([]);
    expect(differences(b, a)).toEqual([]);
  });
});

describe("differences", () => {
  const id = "id INTEGER PRIMARY KEY";

  test.each([
    ["a missing table", "CREATE TABLE t (a)", "", ["table `t` is only in a"]],
    [
      "a missing column",
      `CREATE TABLE t (${id}, a)`,
      `CREATE TABLE t (${id})`,
      ["table `t`: column `a` is only in a"],
    ],
    [
      "affinity",
      `CREATE TABLE t (${id}, vat REAL)`,
      `CREATE TABLE t (${id}, vat TEXT)`,
      ["table `t`: column `vat` is REAL in a and TEXT in b"],
    ],
    [
      "column collation",
      `CREATE TABLE t (${id}, a COLLATE nocase)`,
      `CREATE TABLE t (${id}, a)`,
      ["table `t`: column `a` is COLLATE NOCASE in a and COLLATE BINARY in b"],
    ],
    [
      "NOT NULL",
      `CREATE TABLE t (${id}, a NOT NULL)`,
      `CREATE TABLE t (${id}, a)`,
      ["table `t`: column `a` is NOT NULL in a and without NOT NULL in b"],
    ],
    [
      "STRICT",
      `CREATE TABLE t (${id}) STRICT`,
      `CREATE TABLE t (${id})`,
      ["table `t`: it is STRICT in a, but not in b"],
    ],
    [
      "ANY and BLOB in STRICT",
      "CREATE TABLE t (a ANY) STRICT",
      "CREATE TABLE t (a BLOB) STRICT",
      ["table `t`: column `a` is ANY in a and BLOB in b"],
    ],
    [
      "WITHOUT ROWID",
      "CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
      "CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY)",
      ["table `t`: it is WITHOUT ROWID in a and an ordinary table in b"],
    ],
    [
      "a virtual table",
      "CREATE VIRTUAL TABLE t USING fts5(a)",
      "CREATE TABLE t (a)",
      ["table `t`: it is a virtual table in a and an ordinary table in b"],
    ],
    [
      "key columns",
      "CREATE TABLE t (a NOT NULL, b NOT NULL, PRIMARY KEY (a))",
      "CREATE TABLE t (a NOT NULL, b NOT NULL, PRIMARY KEY (a, b))",
      ["table `t`: its key is (`a`) in a and (`a`, `b`) in b"],
    ],
    [
      "a missing key",
      "CREATE TABLE t (a NOT NULL)",
      "CREATE TABLE t (a NOT NULL UNIQUE)",
      ["table `t`: its key is none in a and (`a`) in b"],
    ],
    [
      "key collation",
      "CREATE TABLE t (a TEXT, PRIMARY KEY (a COLLATE NOCASE))",
      "CREATE TABLE t (a TEXT, PRIMARY KEY (a))",
      ["table `t`: its key is (`a` COLLATE NOCASE) in a and (`a`) in b"],
    ],
    [
      "a key that is the rowid",
      "CREATE TABLE t (id INTEGER PRIMARY KEY)",
      "CREATE TABLE t (id INTEGER PRIMARY KEY DESC)",
      ["table `t`: its key (`id`) is the rowid (INTEGER PRIMARY KEY) in a, but not in b"],
    ],
    [
      "UNIQUE",
      `CREATE TABLE t (${id}, a, b, UNIQUE (b, a COLLATE NOCASE))`,
      `CREATE TABLE t (${id}, a, b)`,
      ["table `t`: UNIQUE (a COLLATE NOCASE, b) is only in a"],
    ],
    [
      "partial and expression UNIQUE",
      `CREATE TABLE t (${id}, a); CREATE UNIQUE INDEX i ON t (lower("a")) WHERE a>0`,
      `CREATE TABLE t (${id}, a); CREATE UNIQUE INDEX i ON t (lower(a)) WHERE a > 1`,
      [
        "table `t`: UNIQUE (lower ( a ) WHERE a > 0) is only in a",
        "table `t`: UNIQUE (lower ( a ) WHERE a > 1) is only in b",
      ],
    ],
    [
      "CHECK",
      `CREATE TABLE t (${id}, a CHECK (a IN ('X')))`,
      `CREATE TABLE t (${id}, a CHECK (a IN ('x')))`,
      [
        "table `t`: CHECK (a in ( 'X' )) is only in a",
        "table `t`: CHECK (a in ( 'x' )) is only in b",
      ],
    ],
    [
      "FOREIGN KEY",
      `CREATE TABLE t (${id}, up REFERENCES t)`,
      `CREATE TABLE t (${id}, up)`,
      ["table `t`: FOREIGN KEY (up) REFERENCES t (id) is only in a"],
    ],
    [
      "conflict clauses",
      `CREATE TABLE t (${id}, a UNIQUE ON CONFLICT REPLACE)`,
      `CREATE TABLE t (${id}, a UNIQUE)`,
      ["table `t`: the clause UNIQUE ( A ) ON CONFLICT REPLACE is only in a"],
    ],
    [
      "a generated expression",
      "CREATE TABLE t (a, g AS (a + 1))",
      "CREATE TABLE t (a, g AS (a + 2))",
      ["table `t`: column `g` is generated AS (a + 1) in a and generated AS (a + 2) in b"],
    ],
    [
      "a generated column's affinity",
      "CREATE TABLE t (a, g INT AS (a))",
      "CREATE TABLE t (a, g TEXT AS (a))",
      ["table `t`: column `g` is INTEGER in a and TEXT in b"],
    ],
    [
      "a generated column that is stored on one side",
      "CREATE TABLE t (a, g AS (a))",
      "CREATE TABLE t (a, g)",
      ["table `t`: column `g` is stored in b and generated in a"],
    ],
    [
      "encoding",
      "PRAGMA encoding = 'UTF-8'; CREATE TABLE t (a)",
      "PRAGMA encoding = 'UTF-16be'; CREATE TABLE t (a)",
      ["the text encoding is UTF-8 in a and UTF-16be in b"],
    ],
  ])("%s", (_, a, b, expected) => {
    const found = differences(a, b);
    expect(found.map(({ message }) => message)).toEqual(expected);
    expect(found.every(({ next }) => next.length > 0)).toBe(true);
    expect(differences(b, a)).toHaveLength(found.length);
  });

  test("the sides swapped give the same findings the other way round", () => {
    const a = "CREATE TABLE t (id INTEGER PRIMARY KEY, vat REAL, more)";
    const b = "CREATE TABLE t (id INTEGER PRIMARY KEY, vat TEXT)";
    expect(messages(b, a)).toEqual([
      "table `t`: column `vat` is TEXT in a and REAL in b",
      "table `t`: column `more` is only in b",
    ]);
  });

  test("a table that follows its triggers on one side only", () => {
    const own = "CREATE TABLE d (id INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE f USING fts5(x);";
    const fed = `${own} CREATE TRIGGER t AFTER INSERT ON d BEGIN INSERT INTO f (x) VALUES (1); END`;
    expect(messages(own, fed)).toEqual(["table `f` has rows of its own in a and follows `d` in b"]);
    expect(messages(fed, own)).toEqual(["table `f` has rows of its own in b and follows `d` in a"]);
  });

  test("a table that one side has to leave out", () => {
    expect(
      messages(
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "CREATE VIRTUAL TABLE f USING fts5(x, content='')",
      ),
    ).toEqual([
      "table `f` can be synced in a, but not in b: it is a full-text index without content: there are no rows to read",
    ]);
  });
});

describe("what to do about a missing column", () => {
  test.each([
    ["a TEXT COLLATE NOCASE /* c */ CHECK (a > '')", true],
    ["a NOT NULL DEFAULT 0", true],
    ["a NOT NULL", false],
    ["a UNIQUE", false],
    ["a AS (id) VIRTUAL", true],
    ["a AS (id) STORED", false],
    [`"odd "" ]name" INT`, true],
  ])("%s can be added: %s", (definition, canBeAdded) => {
    const lacking = 'CREATE TABLE "my ""t" (id INTEGER PRIMARY KEY)';
    const [difference] = differences(
      `CREATE TABLE "my ""t" (id INTEGER PRIMARY KEY, ${definition})`,
      lacking,
    );
    const statement = /^In b: `(ALTER .*)`$/.exec(difference?.next ?? "")?.[1];
    expect(statement !== undefined).toBe(canBeAdded);
    if (statement === undefined) return;
    const { db } = attach(lacking);
    db.exec(statement.replace("TABLE ", "TABLE a."));
    const mended = readSchema(db, "a");
    expect(
      compareSchemas(
        schemaOf(`CREATE TABLE "my ""t" (id INTEGER PRIMARY KEY, ${definition})`),
        mended,
      ),
    ).toEqual([]);
  });
});

test("look-ups fold case as SQLite does", () => {
  const schema = schemaOf('CREATE TABLE Orders (a); CREATE TABLE "Ärzte" (a)');
  expect(tableNamed(schema, "oRDERS")?.name).toBe("Orders");
  expect(tableNamed(schema, "Ärzte")?.name).toBe("Ärzte");
  expect(tableNamed(schema, "ärzte")).toBeNull();
  expect(tableNamed(schema, "none")).toBeNull();
});

test("shuffled columns, constraints and tables never make a difference", () => {
  const columns = [
    "a TEXT COLLATE NOCASE",
    "b INT NOT NULL",
    '"c d" REAL UNIQUE',
    "id INTEGER PRIMARY KEY",
    "g AS (b + 1)",
  ];
  const constraints = [
    "CHECK (b > 0)",
    "UNIQUE (a, b)",
    "FOREIGN KEY (b) REFERENCES u",
    "FOREIGN KEY (a) REFERENCES u (y)",
    "CHECK (a <> '')",
  ];
  const tables = (ofT: readonly string[], reverse: boolean): string => {
    const all = [
      "CREATE TABLE u (x INTEGER PRIMARY KEY, y UNIQUE)",
      `CREATE TABLE t (${ofT.join(", ")})`,
    ];
    return (reverse ? all.toReversed() : all).join(";");
  };
  const shuffled = fc.tuple(
    fc.shuffledSubarray(columns, { minLength: 5 }),
    fc.shuffledSubarray(constraints, { minLength: 5 }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(shuffled, ([someColumns, someConstraints, reverse]) => {
      const a = schemaOf(tables([...columns, ...constraints], false));
      expect(
        compareSchemas(a, schemaOf(tables([...someColumns, ...someConstraints], reverse))),
      ).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
