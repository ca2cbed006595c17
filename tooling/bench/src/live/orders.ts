/** What a writer process is told, as JSON in its first argument. */
export interface WriterOrders {
  readonly path: string;
  /** Rows of one side are edited by its writer alone; those of `shared` by both. */
  readonly side: "a" | "b";
  readonly seconds: number;
  /** Committed transactions a second. */
  readonly rate: number;
  readonly busyTimeoutMs: number;
}

/** What it says when it is done, as JSON on its standard output. */
export interface WriterAccount {
  readonly commits: number;
  /** Transactions that failed with SQLITE_BUSY. */
  readonly busy: number;
  /** The longest that a transaction took, with all waiting. */
  readonly slowestMs: number;
  /** How old the other side's last visible edit was, looked at every 20 ms. */
  readonly lagsMs: readonly number[];
  /** When its last transaction was committed, in milliseconds since the epoch. */
  readonly lastMs: number;
  /** The rows that its side must hold in the end, as `[id, body]`. */
  readonly items: readonly (readonly [number, string])[];
  readonly tags: readonly (readonly [number, string, string])[];
}

/** The tables that writers edit. */
export const WRITTEN_TABLES = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, side TEXT NOT NULL, body TEXT NOT NULL, n INTEGER UNIQUE);
  CREATE TABLE tag (item INTEGER, name TEXT, v TEXT, PRIMARY KEY (item, name)) WITHOUT ROWID;
  CREATE TABLE shared (id INTEGER PRIMARY KEY, v TEXT);
  CREATE TABLE pulse (side TEXT PRIMARY KEY, n INTEGER, at_ms REAL);
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 20) INSERT INTO shared SELECT n, 'start' FROM i;
  INSERT INTO pulse VALUES ('a', 0, 0), ('b', 0, 0);`;
