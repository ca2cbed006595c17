import type Database from "better-sqlite3";

/**
 * One case that tools of this kind get wrong: two databases, and how they differ row by row. Each
 * builder takes a new, empty database. `base` is the state both began with; where `aEdits` is false,
 * side `a` still is the base, so that a sync must bring `a` to exactly what `b` holds.
 */
export interface Trap {
  readonly name: string;
  readonly aEdits: boolean;
  /** By table; tables left out are equal. */
  readonly counts: Readonly<Record<string, TrapCounts>>;
  readonly base: (db: Database.Database) => void;
  readonly a: (db: Database.Database) => void;
  readonly b: (db: Database.Database) => void;
}

/** Rows only in a, only in b, changed. */
export type TrapCounts = readonly [onlyInA: number, onlyInB: number, changed: number];

/** SQL, or what SQL cannot say exactly. */
type Step = string | ((db: Database.Database) => void);

interface TrapText {
  readonly name: string;
  readonly counts: Trap["counts"];
  readonly base: Step;
  readonly a?: Step;
  readonly b: Step;
}

function trap({ name, counts, base, a, b }: TrapText): Trap {
  return {
    name,
    counts,
    aEdits: a !== undefined,
    base: (db) => run(db, base),
    a: (db) => run(db, base, a ?? ""),
    b: (db) => run(db, base, b),
  };
}

function run(db: Database.Database, ...steps: readonly Step[]): void {
  for (const step of steps) {
    if (typeof step === "string") db.exec(step);
    else step(db);
  }
}

/** Values that decimal notation, 53 bits or C strings spoil. */
const REALS: readonly number[] = [
  0.1 + 0.2,
  1 / 3,
  5e-324,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  1e22,
  1e23,
  123456789012345680000,
  2 ** 53 + 2,
  0.000001,
  1.1e-7,
  4.35,
  0.123456789012345,
  -2.5e-300,
  2 ** 970,
  Infinity,
  -Infinity,
  0,
];

const VALUES: readonly TrapText[] = [
  {
    name: "case-only change in a NOCASE column",
    counts: { t: [0, 0, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE); INSERT INTO t VALUES (1, 'Ada'), (2, 'Bob')",
    b: "UPDATE t SET v = 'ADA' WHERE id = 1",
  },
  {
    name: "1 and 1.0 and '1' in a column without affinity",
    counts: { t: [0, 0, 6] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 1.0), (3, '1'), (4, 1), (5, 1), (6, X'31'), (7, 1)",
    b: "UPDATE t SET v = 1.0 WHERE id = 1; UPDATE t SET v = 1 WHERE id = 2; UPDATE t SET v = 1 WHERE id = 3; UPDATE t SET v = '1' WHERE id = 4; UPDATE t SET v = X'31' WHERE id = 5; UPDATE t SET v = '1' WHERE id = 6",
  },
  {
    name: "the smallest integer as integer and as real under INTEGER and NUMERIC affinity",
    counts: { t: [0, 0, 2] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, i INTEGER, n NUMERIC); INSERT INTO t VALUES (1, -9223372036854775808, -9223372036854775808.0), (2, -9223372036854775808.0, 5)",
    b: "UPDATE t SET i = -9223372036854775808.0, n = -9223372036854775808 WHERE id = 1; UPDATE t SET i = -9223372036854775808 WHERE id = 2",
  },
  {
    name: "reals with all their bits, infinities",
    counts: { r: [0, 2 * REALS.length, 1], n: [0, 2 * REALS.length, 0] },
    base: "CREATE TABLE r (id INTEGER PRIMARY KEY, v REAL); CREATE TABLE n (id INTEGER PRIMARY KEY, v); INSERT INTO r VALUES (0, 0.3)",
    b: (db) => {
      db.prepare("UPDATE r SET v = ? WHERE id = 0").run(0.1 + 0.2);
      for (const table of ["r", "n"]) {
        const insert = db.prepare(`INSERT INTO ${table} (v) VALUES (?)`);
        for (const value of REALS) {
          insert.run(value);
          insert.run(-value / 3);
        }
      }
    },
  },
  {
    name: "zero and minus zero count as equal",
    counts: {},
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 0.0)",
    b: (db) => {
      db.prepare("UPDATE t SET v = ?").run(-0);
    },
  },
  {
    name: "NUL inside text, text that is not UTF-8, line ends and quotes in text",
    counts: { t: [0, 9, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w); INSERT INTO t VALUES (1, CAST(X'610062' AS TEXT), CAST(X'FF' AS TEXT))",
    b: `UPDATE t SET v = CAST(X'610063' AS TEXT), w = CAST(X'FE' AS TEXT);
      INSERT INTO t VALUES (2, CAST(X'00' AS TEXT), X'00'), (3, CAST(X'C328A0' AS TEXT), ''), (4, CAST(X'EDA080' AS TEXT), X''),
        (5, 'line' || char(13, 10) || '.quit' || char(10) || ';', 'it''s "so"'), (6, 'Zoë 🎈', char(65534, 65535, 65279)),
        (7, CAST(X'3100' AS TEXT), CAST(X'EFBFBD' AS TEXT)), (8, '-- no comment /* either', 'X''00'''), (9, char(9, 27, 127), char(133, 8232)), (10, '', ' ')`,
  },
  {
    name: "texts of a UTF-16 database, lone surrogates and NUL included",
    counts: { t: [0, 4, 1] },
    base: "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('ключ', 'old'), ('same', 'same')",
    b: `UPDATE t SET v = 'новый 🎈' WHERE k = 'ключ';
      INSERT INTO t VALUES (CAST(X'00D8' AS TEXT), 1), (CAST(X'41000000' AS TEXT), CAST(X'FFFE' AS TEXT)), ('z', CAST(X'FEFF4100' AS TEXT)), ('it''s', X'00D8')`,
  },
  {
    name: "64-bit extremes and integer keys near both ends",
    counts: { t: [1, 2, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (-9223372036854775808, 1), (9223372036854775807, 9223372036854775807), (9007199254740993, 9007199254740993)",
    b: "UPDATE t SET v = -9223372036854775808 WHERE id = 9223372036854775807; DELETE FROM t WHERE id = 9007199254740993; INSERT INTO t VALUES (9007199254740992, 9007199254740993), (-9223372036854775807, 0)",
  },
  {
    name: "a STRICT table with ANY",
    counts: { t: [0, 1, 2] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY, r REAL, b BLOB) STRICT; INSERT INTO t VALUES (1, 1, 1, X'01'), (2, '2', 2, NULL)",
    b: "UPDATE t SET v = 1.0 WHERE id = 1; UPDATE t SET v = 2, r = 0.1 + 0.2 WHERE id = 2; INSERT INTO t VALUES (3, CAST(X'00FF' AS TEXT), 9e999, X'')",
  },
];

const KEYS: readonly TrapText[] = [
  {
    name: "no primary key: duplicates and shifted rows",
    counts: { t: [3, 3, 0] },
    base: "CREATE TABLE t (x, y); INSERT INTO t VALUES (1, 'a'), (1, 'a'), (1, 'a'), (1.0, 'a'), (2, NULL), (NULL, NULL), (3, 'A'), (3, 'a')",
    b: "DELETE FROM t WHERE rowid IN (1, 2, 8); INSERT INTO t VALUES (4, 'new'), (4, 'new'), (2, NULL); UPDATE t SET rowid = rowid + 100 WHERE rowid > 4",
  },
  {
    name: "no primary key: a NOCASE column tells rows apart by case",
    counts: { t: [2, 1, 0] },
    base: "CREATE TABLE t (x TEXT COLLATE NOCASE, y); INSERT INTO t VALUES ('k', 1), ('K', 1), ('k', 1), ('K', 1), ('q', 2)",
    b: "DELETE FROM t WHERE rowid IN (1, 3); INSERT INTO t VALUES ('Q', 2)",
  },
  {
    name: "a key by a BINARY index over a NOCASE column",
    counts: { t: [1, 1, 1], w: [1, 0, 1] },
    base: `CREATE TABLE t (k TEXT COLLATE NOCASE, v, PRIMARY KEY (k COLLATE BINARY)); INSERT INTO t VALUES ('a', 1), ('A', 2), ('b', 3), ('B', 4);
      CREATE TABLE w (k TEXT COLLATE NOCASE, v, PRIMARY KEY (k COLLATE BINARY)) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1), ('A', 2), ('b', 3)`,
    b: "DELETE FROM t WHERE v = 2; UPDATE t SET v = 5 WHERE v = 4; INSERT INTO t VALUES ('c', 6); DELETE FROM w WHERE v = 1; UPDATE w SET v = 7 WHERE v = 2",
  },
  {
    name: "no primary key and no way to name the rowid",
    counts: { t: [1, 2, 0] },
    base: "CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (1, 2, 3), (1, 2, 3), (1, 2, 3), (4, NULL, '5')",
    b: "UPDATE t SET _rowid_ = 9 WHERE oid IS NULL; INSERT INTO t VALUES (1, 2, 3)",
  },
  {
    name: "NULL in a composite key",
    counts: { t: [2, 2, 1] },
    base: "CREATE TABLE t (x TEXT, y INT, v, PRIMARY KEY (x, y)); INSERT INTO t VALUES ('a', NULL, 1), ('a', NULL, 1), ('a', NULL, 2), (NULL, NULL, 3), ('a', 1, 4), ('b', 1, 5)",
    b: "DELETE FROM t WHERE v = 2; INSERT INTO t VALUES ('a', NULL, 1.0), (NULL, 7, 8); UPDATE t SET v = 6 WHERE v = 5; DELETE FROM t WHERE v = 3",
  },
  {
    name: "WITHOUT ROWID with a composite key",
    counts: { t: [1, 1, 1] },
    base: "CREATE TABLE t (x TEXT, y INT, v BLOB, PRIMARY KEY (y, x)) WITHOUT ROWID; INSERT INTO t VALUES ('a', 1, X'01'), ('b', 1, X'02'), ('b', 2, NULL)",
    b: "UPDATE t SET v = X'00' WHERE x = 'a'; DELETE FROM t WHERE y = 2; INSERT INTO t VALUES ('', 0, '')",
  },
  {
    name: "a NOCASE key whose case changes",
    counts: { c: [0, 0, 1], i: [0, 0, 1], w: [0, 1, 1] },
    base: `CREATE TABLE c (k TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO c VALUES ('Ada', 1), ('Bob', 2);
      CREATE TABLE i (k TEXT, v, PRIMARY KEY (k COLLATE NOCASE)); INSERT INTO i VALUES ('Ada', 1), ('Bob', 2);
      CREATE TABLE w (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES ('Ada', 1), ('Bob', 2)`,
    b: "UPDATE c SET k = 'ADA' WHERE v = 1; UPDATE i SET k = 'ADA' WHERE v = 1; UPDATE w SET k = 'ADA' WHERE v = 1; INSERT INTO w VALUES ('bo', 1)",
  },
  {
    name: "keys without affinity: 1 becomes 1.0",
    counts: { t: [1, 1, 1] },
    base: "CREATE TABLE t (k PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO t VALUES (1, 'a'), ('2', 'b'), (X'32', 'c')",
    b: "UPDATE t SET k = 1.0 WHERE k = 1; UPDATE t SET k = 2 WHERE k = '2'",
  },
  {
    name: "a rowid that is not the key",
    counts: { t: [1, 2, 2] },
    base: "CREATE TABLE t (k TEXT PRIMARY KEY, u UNIQUE); INSERT INTO t (rowid, k, u) VALUES (10, 'a', 1), (20, 'b', 2), (30, 'c', 3)",
    b: "UPDATE t SET u = -u; UPDATE t SET u = 7 - u WHERE k = 'a'; DELETE FROM t WHERE k = 'c'; INSERT INTO t (rowid, k, u) VALUES (30, 'd', 1), (40, 'e', 2)",
  },
  {
    name: "table and column names with quotes, spaces, keywords",
    counts: { 'select "it\'s" from': [1, 1, 1], order: [0, 1, 0] },
    base: `CREATE TABLE "select ""it's"" from" ("primary key" TEXT PRIMARY KEY, "a""b", "c]d", "größe"); INSERT INTO "select ""it's"" from" VALUES ('x', 1, 2, 3), ('y', 4, 5, 6);
      CREATE TABLE [order] ("group" INTEGER PRIMARY KEY, "sync:n", "sync:how")`,
    b: `UPDATE "select ""it's"" from" SET "a""b" = '"', "größe" = '''' WHERE "primary key" = 'x'; DELETE FROM "select ""it's"" from" WHERE "primary key" = 'y';
      INSERT INTO "select ""it's"" from" VALUES ('--', NULL, '/*', ';'); INSERT INTO "order" VALUES (1, 2, 3)`,
  },
  {
    name: "AUTOINCREMENT, rows deleted at the top of the sequence",
    counts: { t: [1, 1, 0] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t (v) VALUES ('a'), ('b'), ('c')",
    b: "INSERT INTO t (v) VALUES ('d'), ('e'), ('f'); DELETE FROM t WHERE v IN ('c', 'e', 'f')",
  },
];

const CONSTRAINTS: readonly TrapText[] = [
  {
    name: "two rows swap their UNIQUE values under a CHECK",
    counts: { t: [0, 0, 2] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT NOT NULL UNIQUE CHECK (u IN ('a', 'b', 'c'))); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    b: "UPDATE t SET u = 'c' WHERE id = 1; UPDATE t SET u = 'a' WHERE id = 2; UPDATE t SET u = 'b' WHERE id = 1",
  },
  {
    name: "a UNIQUE value moves to a new row",
    counts: { t: [1, 1, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, u UNIQUE, v); INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)",
    b: "UPDATE t SET u = 'z' WHERE id = 2; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (4, 'b', 1); UPDATE t SET u = 'a' WHERE id = 2",
  },
  {
    name: "UNIQUE over a generated column, an expression and a part of the rows",
    counts: { t: [0, 0, 4] },
    base: `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w TEXT, low TEXT AS (lower(v)) STORED UNIQUE);
      CREATE UNIQUE INDEX short ON t (substr(w, 1, 1)); CREATE UNIQUE INDEX some ON t (w) WHERE id > 2;
      INSERT INTO t (id, v, w) VALUES (1, 'A', 'one'), (2, 'B', 'two'), (3, 'C', 'xx'), (4, 'D', 'yy')`,
    b: "UPDATE t SET v = 'z' || v, w = id || '.'; UPDATE t SET v = CASE id WHEN 1 THEN 'b' WHEN 2 THEN 'a' WHEN 3 THEN 'd' ELSE 'C' END, w = (SELECT CASE t.id WHEN 1 THEN 'two' WHEN 2 THEN 'one' WHEN 3 THEN 'yy' ELSE 'xx' END)",
  },
  {
    name: "definitions with ON CONFLICT REPLACE and IGNORE",
    counts: { t: [1, 1, 2] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, u UNIQUE ON CONFLICT REPLACE, w UNIQUE ON CONFLICT IGNORE); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
    b: "DELETE FROM t; INSERT INTO t VALUES (1, 'b', 2), (2, 'a', 3), (4, 'c', 1)",
  },
  {
    name: "parents and children inserted and deleted together",
    counts: { child: [2, 2, 1], parent: [1, 1, 1] },
    base: `CREATE TABLE child (id INTEGER PRIMARY KEY, parent INT NOT NULL REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE parent (id INT PRIMARY KEY, name TEXT UNIQUE);
      INSERT INTO parent VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO child VALUES (1, 1), (2, 1), (3, 2), (4, 3)`,
    b: "DELETE FROM parent WHERE id = 1; INSERT INTO parent VALUES (9, 'one'); INSERT INTO child VALUES (8, 9), (9, 9); UPDATE child SET parent = 3 WHERE id = 3; UPDATE parent SET name = 'zwei' WHERE id = 2",
  },
  {
    name: "a row that points at itself, and two that point at each other",
    counts: { t: [2, 3, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, next INT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED); BEGIN; INSERT INTO t VALUES (1, 1), (2, 3), (3, 2), (4, 1); COMMIT",
    b: "BEGIN; DELETE FROM t WHERE id IN (2, 3); INSERT INTO t VALUES (5, 6), (6, 5), (7, 7); UPDATE t SET next = 7 WHERE id = 4; COMMIT",
  },
  {
    name: "triggers on the target that log and change rows",
    counts: { t: [1, 1, 1], log: [0, 3, 0] },
    base: `CREATE TABLE t (id INTEGER PRIMARY KEY, v, n INT DEFAULT 0); CREATE TABLE log (what TEXT, id INT);
      INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0);
      CREATE TRIGGER z_first AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('in', new.id); END;
      CREATE TRIGGER "a second" AFTER UPDATE OF v ON main.t BEGIN UPDATE t SET n = n + 1 WHERE id = new.id; INSERT INTO log VALUES ('up', new.id); END;
      CREATE TRIGGER third BEFORE DELETE ON t WHEN old.v <> ';' BEGIN INSERT INTO log VALUES ('END; del', old.id); END;
      CREATE TRIGGER guard BEFORE INSERT ON log WHEN new.id < 0 BEGIN SELECT RAISE(ABORT, 'no'); END`,
    b: "UPDATE t SET v = 'B' WHERE id = 2; DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (4, 'd', 5)",
  },
  {
    name: "generated columns, stored and virtual",
    counts: { t: [1, 1, 1] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, net REAL, gross REAL AS (net * 1.2) STORED, label TEXT AS ('#' || id) VIRTUAL, note); INSERT INTO t (id, net, note) VALUES (1, 10, 'x'), (2, 0.1, 'y'), (3, 5, 'z')",
    b: "UPDATE t SET net = 0.3, note = NULL WHERE id = 2; DELETE FROM t WHERE id = 1; INSERT INTO t (id, net) VALUES (7, 0.7)",
  },
];

const INDEXES: readonly TrapText[] = [
  {
    name: "self-contained FTS5 and R-tree tables",
    counts: { docs: [1, 1, 1], boxes: [1, 1, 1] },
    base: `CREATE VIRTUAL TABLE docs USING fts5(title, body); INSERT INTO docs (rowid, title, body) VALUES (1, 'one', 'apple tree'), (2, 'two', 'pear tree'), (7, 'seven', 'plum');
      CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1, +label); INSERT INTO boxes VALUES (1, 0.1, 0.2, 'one'), (2, -5, 5, 2), (3, 1, 1, NULL)`,
    b: `UPDATE docs SET body = 'quince' WHERE rowid = 2; DELETE FROM docs WHERE rowid = 1; INSERT INTO docs (rowid, title, body) VALUES (9, 'nine', 'fig');
      UPDATE boxes SET x1 = 0.3, label = 1.0 WHERE id = 1; DELETE FROM boxes WHERE id = 2; INSERT INTO boxes VALUES (12, 1e10, 1.1e10, X'00')`,
  },
  {
    name: "FTS5 with external content, fed by triggers",
    counts: { docs: [1, 1, 1] },
    base: `CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE words USING fts5(body, content='docs', content_rowid='id');
      CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO words (rowid, body) VALUES (new.id, new.body); END;
      CREATE TRIGGER docs_ad AFTER DELETE ON docs BEGIN INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body); END;
      CREATE TRIGGER docs_au AFTER UPDATE ON docs BEGIN INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body); INSERT INTO words (rowid, body) VALUES (new.id, new.body); END;
      INSERT INTO docs VALUES (1, 'apple'), (2, 'pear'), (3, 'plum')`,
    b: "UPDATE docs SET body = 'quince' WHERE id = 1; DELETE FROM docs WHERE id = 2; INSERT INTO docs VALUES (4, 'fig')",
  },
  {
    name: "FTS5 with external content, fed by triggers that also log",
    counts: { docs: [0, 1, 1], log: [0, 2, 0] },
    base: `CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE log (id INTEGER PRIMARY KEY, doc INT); CREATE VIRTUAL TABLE words USING fts5(body, content='docs', content_rowid='id');
      CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO words (rowid, body) VALUES (new.id, new.body); END;
      CREATE TRIGGER docs_au AFTER UPDATE ON docs BEGIN INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body); INSERT INTO words (rowid, body) VALUES (new.id, new.body); END;
      CREATE TRIGGER docs_log AFTER INSERT ON docs BEGIN INSERT INTO log (doc) VALUES (new.id); END;
      CREATE TRIGGER docs_both AFTER UPDATE ON docs BEGIN INSERT INTO log (doc) VALUES (new.id); INSERT INTO words (words, rowid, body) VALUES ('delete', new.id, new.body); INSERT INTO words (rowid, body) VALUES (new.id, new.body); END;
      INSERT INTO docs VALUES (1, 'apple'), (2, 'pear'); DELETE FROM log`,
    b: "UPDATE docs SET body = 'quince' WHERE id = 1; INSERT INTO docs VALUES (4, 'fig')",
  },
  {
    name: "FTS5 with external content that nothing feeds",
    counts: { docs: [1, 1, 1] },
    base: "CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE words USING fts5(body, content='docs', content_rowid='id'); INSERT INTO docs VALUES (1, 'apple'), (2, 'pear'), (3, 'plum'); INSERT INTO words (words) VALUES ('rebuild')",
    b: "UPDATE docs SET body = 'quince' WHERE id = 1; DELETE FROM docs WHERE id = 2; INSERT INTO docs VALUES (4, 'fig'); INSERT INTO words (words) VALUES ('rebuild')",
  },
  {
    name: "an R-tree fed by triggers",
    counts: { places: [1, 1, 1] },
    base: `CREATE TABLE places (id INTEGER PRIMARY KEY, x REAL); CREATE VIRTUAL TABLE area USING rtree(id, x0, x1);
      CREATE TRIGGER pi AFTER INSERT ON places BEGIN INSERT INTO area VALUES (new.id, new.x, new.x); END;
      CREATE TRIGGER pd AFTER DELETE ON places BEGIN DELETE FROM area WHERE id = old.id; END;
      CREATE TRIGGER pu AFTER UPDATE ON places BEGIN UPDATE area SET x0 = new.x, x1 = new.x WHERE id = new.id; END;
      INSERT INTO places VALUES (1, 0.1), (2, 0.2), (3, 0.3)`,
    b: "UPDATE places SET x = 7 WHERE id = 1; DELETE FROM places WHERE id = 2; INSERT INTO places VALUES (4, -1)",
  },
];

const SIDES: readonly TrapText[] = [
  {
    name: "AUTOINCREMENT on one side only",
    counts: { t: [0, 1, 0] },
    base: "",
    a: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t (v) VALUES ('a')",
    b: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t (v) VALUES ('a'), ('b')",
  },
  {
    name: "columns in another order and names in another case",
    counts: { t: [1, 1, 1] },
    base: "",
    a: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w INT); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
    b: "CREATE TABLE T (W INT, ID INTEGER PRIMARY KEY, V TEXT); INSERT INTO T VALUES (1, 1, 'a'), (22, 2, 'b'), (4, 4, 'd')",
  },
  {
    name: "both sides changed other rows",
    counts: { t: [1, 1, 2] },
    base: "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    a: "UPDATE t SET v = 'A' WHERE id = 1; INSERT INTO t VALUES (4, 'd')",
    b: "UPDATE t SET v = 'B' WHERE id = 2; INSERT INTO t VALUES (5, 'e')",
  },
];

/** The trap table of SQLite synchronization: every case that a tool of this kind was seen to get wrong. */
export const TRAPS: readonly Trap[] = [VALUES, KEYS, CONSTRAINTS, INDEXES, SIDES]
  .flat()
  .map((text) => trap(text));
