import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { dumpTable, isSame } from "@sync/testkit";
import type { CanonicalRow, Maybe } from "@sync/testkit";
import type { Side } from "../scenario.ts";

/** The state of a pair as the product wrote it, in the model's terms. The only place that knows its tables. */
export interface StateView {
  /** `base:<table>` by table; only of tables whose base is marked complete. */
  readonly base: ReadonlyMap<string, readonly CanonicalRow[]>;
  /** `bag:<table>` by table, likewise: contents with how often each stands. */
  readonly bag: ReadonlyMap<string, readonly CountedRow[]>;
  readonly inbox: readonly SeenConflict[];
  readonly ledger: readonly SeenLoss[];
  /** What must not be left after a run: plans, drafts, pending entries, unfinished runs, in words. */
  readonly leftovers: readonly string[];
}

export interface CountedRow {
  readonly row: CanonicalRow;
  readonly count: number;
}

export interface SeenConflict {
  readonly id: number;
  readonly table: string;
  readonly kind: string;
  readonly images: { readonly base: Maybe; readonly a: Maybe; readonly b: Maybe };
}

export interface SeenLoss {
  readonly table: string;
  readonly side: Side;
  /** `null`: its value was not kept. */
  readonly row: Maybe;
}

export const NO_STATE: StateView = {
  base: new Map(),
  bag: new Map(),
  inbox: [],
  ledger: [],
  leftovers: [],
};

/** Tells of a row whether it waits in the inbox as it is now, on either side. */
export function waitsIn({ inbox }: StateView): (table: string, row: NonNullable<Maybe>) => boolean {
  return (table, row) =>
    inbox.some(
      ({ table: of, images }) => of === table && (isSame(images.a, row) || isSame(images.b, row)),
    );
}

/** Reads the one pair of a state folder. */
export function viewState(stateDir: string): StateView {
  const path = stateFile(stateDir);
  if (path === null) return NO_STATE;
  const db = new Database(path, { readonly: true });
  try {
    const names = tableNames(db);
    if (!names.includes("sync_meta")) return NO_STATE;
    const known = db.prepare("SELECT name FROM sync_table WHERE has_base = 1").pluck().all();
    // The name is a text, as the state's schema says.
    const tables = known as string[];
    const images = imagesOf(db, names);
    return {
      base: new Map(tables.flatMap((name) => baseOf(db, names, name))),
      bag: new Map(tables.flatMap((name) => bagOf(db, names, name))),
      inbox: inboxOf(db, images),
      ledger: ledgerOf(db, images),
      leftovers: leftoversOf(db, names),
    };
  } finally {
    db.close();
  }
}

/** `null`: nothing is remembered yet. */
export function stateFile(stateDir: string): string | null {
  if (!existsSync(stateDir)) return null;
  const [folder] = readdirSync(stateDir);
  if (folder === undefined) return null;
  const path = join(stateDir, folder, "state.sqlite");
  return existsSync(path) ? path : null;
}

function tableNames(db: Database.Database): string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all() as string[];
}

function rowsOf(db: Database.Database, name: string): CanonicalRow[] {
  return dumpTable(db, { name, virtual: false });
}

function baseOf(
  db: Database.Database,
  names: readonly string[],
  table: string,
): [string, readonly CanonicalRow[]][] {
  return names.includes(`base:${table}`) ? [[table, rowsOf(db, `base:${table}`)]] : [];
}

function bagOf(
  db: Database.Database,
  names: readonly string[],
  table: string,
): [string, readonly CountedRow[]][] {
  if (!names.includes(`bag:${table}`)) return [];
  const counted = rowsOf(db, `bag:${table}`).map((full) => ({
    row: ownColumns(full),
    count: Number(full["⟨sync⟩ count"]?.replace("integer ", "")),
  }));
  return [[table, counted]];
}

/** Without the columns that the state adds. */
function ownColumns(full: CanonicalRow): CanonicalRow {
  return Object.fromEntries(Object.entries(full).filter(([name]) => !name.startsWith("⟨sync⟩ ")));
}

type Images = ReadonlyMap<string, CanonicalRow>;

/** Every kept image as `table/owner/letter`. */
function imagesOf(db: Database.Database, names: readonly string[]): Images {
  const images = new Map<string, CanonicalRow>();
  for (const name of names.filter((one) => one.startsWith("kept:"))) {
    for (const full of rowsOf(db, name)) {
      const owner = full["⟨sync⟩ owner"]?.replace("integer ", "") ?? "";
      const letter = full["⟨sync⟩ image"]?.slice("text '".length, -1) ?? "";
      images.set(imageKey(name.slice("kept:".length), owner, letter), ownColumns(full));
    }
  }
  return images;
}

function imageKey(table: string, owner: string | number, letter: string): string {
  return `${table.toLowerCase()}/${owner}/${letter}`;
}

function inboxOf(db: Database.Database, images: Images): SeenConflict[] {
  const rows = db
    .prepare("SELECT id, tbl, kind FROM sync_conflict WHERE status = 'parked' ORDER BY id")
    .all() as { id: number; tbl: string; kind: string }[];
  return rows.map(({ id, tbl, kind }) => {
    const image = (letter: string): Maybe => images.get(imageKey(tbl, id, letter)) ?? null;
    return { id, table: tbl, kind, images: { base: image("0"), a: image("a"), b: image("b") } };
  });
}

function ledgerOf(db: Database.Database, images: Images): SeenLoss[] {
  const rows = db
    .prepare("SELECT tbl, conflict, lost FROM sync_ledger WHERE status = 'final' ORDER BY id")
    .all() as { tbl: string; conflict: number; lost: Side }[];
  return rows.map(({ tbl, conflict, lost }) => ({
    table: tbl,
    side: lost,
    row: images.get(imageKey(tbl, conflict, lost)) ?? null,
  }));
}

function leftoversOf(db: Database.Database, names: readonly string[]): string[] {
  const count = (sql: string): number => Number(db.prepare(sql).pluck().get());
  return [
    ...names.filter((name) => /^plan(-bag)?:/.test(name)).map((name) => `the table ${name}`),
    ...(count("SELECT count(*) FROM sync_ledger WHERE status <> 'final'") > 0
      ? ["pending ledger entries"]
      : []),
    ...(count("SELECT count(*) FROM sync_conflict WHERE status = 'draft'") > 0
      ? ["draft conflicts"]
      : []),
    ...(count("SELECT count(*) FROM sync_run WHERE status <> 'done'") > 0
      ? ["an unfinished run"]
      : []),
  ];
}
