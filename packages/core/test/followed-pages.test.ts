import { join } from "node:path";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileIdentity } from "../src/sqlite/files.ts";
import { createFollowers } from "../src/sqlite/pages/follow/followers.ts";
import { decodeKeys } from "../src/sqlite/pages/keys.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";
import type { TableSigned, TableToSign } from "../src/sqlite/pages/sign.ts";
import { temporaryFolder } from "./databases.ts";
import {
  TABLE_KINDS,
  applyPageEdits,
  buildWorkload,
  openAsUser,
  pageEdits,
  pageWorkloads,
} from "./page-workload.ts";
import type { PageWorkload } from "./page-workload.ts";

/** More in a night: `FOLLOWED_PAGES=10000`. */
const WORKLOADS = Number(process.env["FOLLOWED_PAGES"] ?? 60);

const hash = await loadPageHash();

/** What happens before a question, and which question it is. */
const steps = fc.array(
  fc.record({
    edits: pageEdits,
    /** The user leaves, so that only whoever asks has the file open, or nobody. */
    userLeaves: fc.boolean(),
    keeperLeaves: fc.oneof(
      { arbitrary: fc.constant(false), weight: 4 },
      { arbitrary: fc.constant(true), weight: 1 },
    ),
    /** The log is carried over by whoever has the file open, so that the next commit begins it anew. */
    checkpoint: fc.constantFrom(null, null, "PASSIVE", "RESTART", "TRUNCATE"),
    moreEdits: pageEdits,
    /** The base agreed with the answer before; else it still agrees with an older one. */
    isAgreed: fc.boolean(),
  }),
  { minLength: 2, maxLength: 8, size: "max" },
);

/** What the asker has in the beginning. */
const starts = fc.constantFrom("nothing", "signatures", "as signed");

/** The rows of a table by what tells them apart, as bytes. */
type Rows = ReadonlyMap<string, string>;

test(
  "whoever follows a database names every row that changed, and the place of every row that is gone",
  { timeout: 60_000 + 2000 * WORKLOADS },
  async () => {
    const seen = { asSigned: 0, byLog: 0, byPages: 0, changed: 0, gone: 0, named: 0, rows: 0 };
    await fc.assert(
      fc.asyncProperty(
        pageWorkloads,
        steps,
        fc.nat(5),
        starts,
        async (given, history, mode, start) => {
          const journal = mode === 0 ? "delete" : "wal";
          const work = {
            ...given,
            journals: { a: journal, b: "delete" },
            addColumn: false,
            repackB: false,
          } as const;
          const file = new Followed(work);
          try {
            if (start !== "nothing") file.sign();
            // Nothing happened yet: from then on the moment of this answer stands for the signatures.
            if (start === "as signed")
              for (const { signed } of file.ask(false).tables)
                seen.asSigned += checkAsSigned(signed);
            for (const step of history) {
              file.edit(step.edits);
              if (step.checkpoint !== null) file.checkpoint(step.checkpoint);
              file.edit(step.moreEdits);
              if (step.userLeaves) file.userLeaves();
              if (step.keeperLeaves) file.keeperLeaves();
              const answer = file.ask(step.isAgreed);
              seen[answer.isTail ? "byLog" : "byPages"]++;
              for (const { before, after, signed } of answer.tables) check(before, after, signed);
            }
          } finally {
            file.close();
          }
        },
      ),
      { numRuns: WORKLOADS, endOnFailure: true },
    );
    expect(seen.byLog).toBeGreaterThan(WORKLOADS);
    expect(seen.byPages).toBeGreaterThan(WORKLOADS / 4);
    expect(seen.gone).toBeGreaterThan(WORKLOADS);
    expect(seen.asSigned).toBeGreaterThan(WORKLOADS / 8);
    // Not everything is named, or it would not be worth it.
    expect(seen.named / seen.rows).toBeLessThan(2 / 3);

    function check(before: Rows, after: Rows, signed: TableSigned): void {
      if (signed.type !== "signed") throw new Error(JSON.stringify(signed));
      expect(signed.rows).toBe(after.size);
      const { changed, cleanRows, rowsBefore, gaps } = signed;
      if (changed === null) return;
      const named = namedIn(signed, before, after);
      const differing = [...after].filter(([key, row]) => before.get(key) !== row);
      const gone = [...before.keys()].filter((key) => !after.has(key));
      expect(differing.filter(([key]) => !named.has(key))).toEqual([]);
      expect(signed.isUnchanged && differing.length + gone.length > 0).toBe(false);
      expect(cleanRows).toBe(after.size - named.size);
      if (rowsBefore !== null) expect(rowsBefore).toBe(before.size);
      const known = [...named].filter((key) => before.has(key)).length;
      expect(before.size - cleanRows - known).toBe(gone.length);
      const inGap = (key: string): boolean =>
        gaps.some(({ from, to }) => BigInt(key) >= from && BigInt(key) <= to);
      if (isRowid(before, after)) expect(gone.filter((key) => !inGap(key))).toEqual([]);
      seen.changed += differing.length;
      seen.gone += gone.length;
      seen.named += named.size;
      seen.rows += after.size;
    }
  },
);

function checkAsSigned(signed: TableSigned): number {
  expect(signed).toMatchObject({ type: "signed", isUnchanged: true });
  return 1;
}

function isRowid(...both: readonly Rows[]): boolean {
  return both.every((rows) => [...rows.keys()].every((key) => /^-?\d+$/.test(key)));
}

/** The candidates as the tables' own keys. */
function namedIn(
  { changed }: TableSigned & { readonly type: "signed" },
  before: Rows,
  after: Rows,
): Set<string> {
  const rows = changed?.rows ?? Buffer.alloc(0);
  const text = Buffer.from(rows).toString("latin1");
  if (isRowid(before, after) && (text === "" || /^[\d,-]+$/.test(text))) {
    return new Set(text === "" ? [] : text.split(","));
  }
  const parts = [...after.keys(), ...before.keys()][0]?.split("|").length ?? 1;
  return new Set([...decodeKeys(rows, parts)].map((values) => values.map(textOf).join("|")));
}

/** One text for each value. */
function textOf(value: unknown): string {
  if (value === null) return "NULL";
  if (typeof value === "bigint") return `i${value}`;
  // A record may hold a whole number of a REAL column as an integer.
  if (typeof value === "number" && Number.isSafeInteger(value)) return `i${value}`;
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return `r${bytes.toString("hex")}`;
  }
  if (Buffer.isBuffer(value) || value instanceof Uint8Array)
    return `b${Buffer.from(value).toString("hex")}`;
  if (typeof value === "object" && "text" in value)
    return `t${Buffer.from(value.text as Uint8Array).toString("hex")}`;
  throw new Error(`no value of SQLite: ${typeof value}`);
}

/** A database, its user, and somebody who has it open to ask about it. */
class Followed {
  readonly #work: PageWorkload;
  readonly #path: string;
  readonly #followers = createFollowers(hash);
  #user: Database.Database;
  #keeper: Database.Database;
  #session = 0;
  /** What the tables held when the base last agreed, and the tokens of then and of the last answer. */
  #agreed: (Rows | null)[] = [];
  #tokens: (Uint8Array | null)[] = [];
  #latest: { readonly rows: Rows[]; readonly tokens: (Uint8Array | null)[] } | null = null;

  constructor(work: PageWorkload) {
    this.#work = work;
    const built = buildWorkload(work, temporaryFolder());
    built.close();
    this.#path = join(built.a);
    this.#user = openAsUser(this.#path, work.journals.a);
    this.#keeper = this.#open();
  }

  edit(edits: Parameters<typeof applyPageEdits>[2]): void {
    applyPageEdits(this.#user, this.#work, edits);
  }

  checkpoint(mode: string): void {
    this.#user.pragma(`wal_checkpoint(${mode})`);
  }

  userLeaves(): void {
    this.#user.close();
    this.#user = openAsUser(this.#path, this.#work.journals.a);
  }

  /** Both, so that the log goes with them; and the user commits to the new one. */
  keeperLeaves(): void {
    this.#keeper.close();
    this.userLeaves();
    this.#keeper = this.#open();
  }

  /** As a run does that nobody follows: what is there now is agreed on, by signatures instead of tokens. */
  sign(): void {
    const names = this.#work.tables.map((_, place) => `t${place}`);
    this.#keeper.exec("BEGIN");
    const answer = signDatabase(
      {
        file: { path: this.#path, identity: fileIdentity(this.#path) },
        tables: names.map((name, place) => this.#tableOf(name, place)),
        written: null,
      },
      hash,
    );
    this.#agreed = names.map((name) => this.#rowsOf(name));
    this.#keeper.exec("COMMIT");
    if (answer.type === "not-known") throw new Error(answer.reason);
    this.#tokens = answer.tables.map((one) => {
      if (one.type === "not-known") throw new Error(one.reason);
      return one.signature;
    });
  }

  ask(isAgreed: boolean): {
    readonly isTail: boolean;
    readonly tables: readonly {
      readonly before: Rows;
      readonly after: Rows;
      readonly signed: TableSigned;
    }[];
  } {
    if (isAgreed && this.#latest !== null) {
      this.#agreed = this.#latest.rows;
      this.#tokens = this.#latest.tokens;
    }
    const db = this.#keeper;
    const names = this.#work.tables.map((_, place) => `t${place}`);
    db.exec("BEGIN");
    const rows = names.map((name) => this.#rowsOf(name));
    const answer = this.#followers.answer({
      file: { path: this.#path, identity: fileIdentity(this.#path) },
      tables: names.map((name, place) => this.#tableOf(name, place)),
      written: null,
      following: { session: String(this.#session), restedSigns: null },
    });
    db.exec("COMMIT");
    if (answer.type === "not-known") throw new Error(answer.reason);
    const tokens = answer.tables.map((one) => (one.type === "not-known" ? null : one.signature));
    this.#latest = { rows, tokens };
    const tables = answer.tables.flatMap((signed, place) => {
      const [before, after] = [this.#agreed[place], rows[place]];
      return before === null || before === undefined || after === undefined
        ? []
        : [{ before, after, signed }];
    });
    return { isTail: answer.isTail, tables };
  }

  close(): void {
    this.#user.close();
    this.#keeper.close();
  }

  #open(): Database.Database {
    this.#session++;
    const db = openAsUser(this.#path, this.#work.journals.a);
    db.defaultSafeIntegers(true);
    return db;
  }

  #tableOf(name: string, place: number): TableToSign {
    const root = this.#keeper
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?")
      .pluck()
      .safeIntegers(false)
      .get(name) as number;
    const parts = this.#keyOf(name).length;
    const key = this.#isRowidTable(place)
      ? null
      : Array.from({ length: parts }, () => ({ collation: "BINARY", isDescending: false }));
    return {
      root,
      key,
      keyIndex: null,
      remembered: this.#tokens[place] ?? null,
      leaves: null,
      wroteSince: false,
    };
  }

  #isRowidTable(place: number): boolean {
    return !(TABLE_KINDS[this.#work.tables[place] ?? 0] ?? "").includes("WITHOUT");
  }

  /** Columns of the primary key as the tree has them. */
  #keyOf(name: string): string[] {
    return this.#keeper
      .prepare("SELECT name FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno")
      .pluck()
      .all(`sqlite_autoindex_${name}_1`) as string[];
  }

  #rowsOf(name: string): Rows {
    const place = Number(name.slice(1));
    const db = this.#keeper;
    const columns = ["k", "v", "w"];
    const exact = (column: string): string =>
      `typeof(${column}) AS ${column}t, CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END AS ${column}v`;
    const key = this.#isRowidTable(place) ? [] : this.#keyOf(name);
    const rowid = this.#isRowidTable(place) ? "rowid AS id, " : "";
    const rows = db
      .prepare(`SELECT ${rowid}${columns.map(exact).join(", ")} FROM ${name}`)
      .all() as Record<string, unknown>[];
    const valueOf = (row: Record<string, unknown>, column: string): string => {
      const value = row[`${column}v`];
      return row[`${column}t`] === "text" && value instanceof Uint8Array
        ? textOf({ text: value })
        : textOf(value);
    };
    return new Map(
      rows.map((row) => [
        key.length === 0 ? String(row["id"]) : key.map((column) => valueOf(row, column)).join("|"),
        columns.map((column) => valueOf(row, column)).join("|"),
      ]),
    );
  }
}
