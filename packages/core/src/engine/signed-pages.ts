import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import type { ScanReport } from "@sync/model";
import { holdsNullKeys } from "../sqlite/changed-keys.ts";
import type { ChangedPages, SideChanges } from "../sqlite/changed-pages.ts";
import { comparedTable } from "../sqlite/diff/compared.ts";
import { planTableScan, wordsOf } from "../sqlite/diff/plan-scan.ts";
import type { PagesScan } from "../sqlite/diff/plan-scan.ts";
import type { PageSource, SignPages } from "../sqlite/pages/page-signer.ts";
import { isToken } from "../sqlite/pages/signature.ts";
import type { SignAnswer, SignRequest, TableSigned, TableToSign } from "../sqlite/pages/sign.ts";
import type { WrittenPages } from "../sqlite/pages/sign-written.ts";
import { SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { readKnownPages } from "../state/signatures.ts";
import type { KnownPages } from "../state/signatures.ts";
import type { RunRequest } from "./request.ts";
import type { Workspace } from "./workspace.ts";

/** A table whose pages can be signed, and what is remembered of them. */
export interface SignableTable {
  readonly shape: Shape;
  readonly scan: PagesScan;
  /** What its pages' bytes mean; a signature of other meaning says nothing. */
  readonly about: string;
  readonly known: KnownPages | null;
}

/** A table as its pages were when the draft was made. */
export interface SignedTable extends SignableTable {
  readonly a: TableSigned;
  readonly b: TableSigned;
}

/** What the pages of both sides told. */
export interface SignedPages {
  readonly pages: number;
  /** They were found by what was written to the logs. */
  readonly isTail: boolean;
  readonly tables: ReadonlyMap<string, SignedTable>;
  /** Why they told nothing at all, if so. */
  readonly reason: string | null;
}

/**
 * Has the pages of both sides signed, in the caller's read transaction, which keeps what is read from being
 * overwritten. Whether somebody committed meanwhile is for the caller to find out.
 */
export async function signSides(
  request: RunRequest,
  { sign, tables }: { readonly sign: SignPages; readonly tables: readonly SignableTable[] },
): Promise<SignedPages> {
  if (tables.length === 0) return nothing("no table is stored alike on both sides");
  const answers = await sign(SIDES.map(({ side }) => requestOf(request, side, tables)));
  const [a, b] = answers;
  if (a === undefined || b === undefined) return nothing("there was no answer");
  for (const answer of [a, b]) if (answer.type === "not-known") return nothing(answer.reason);
  const isTail = [a, b].every((answer) => answer.type === "signed" && answer.isTail);
  return { pages: pagesIn(a) + pagesIn(b), isTail, tables: joined(tables, a, b), reason: null };
}

/** What a table's pages are compared with, and what was written since. */
export interface SignedBefore {
  readonly units: (
    table: SignableTable,
  ) => Pick<TableToSign, "remembered" | "leaves" | "wroteSince">;
  readonly written: WrittenPages | null;
}

/**
 * What is to be asked about one side.
 *
 * @param before - by default what the state has
 */
export function requestOf(
  { files, identities }: RunRequest,
  side: "a" | "b",
  tables: readonly SignableTable[],
  { units, written }: SignedBefore = {
    units: ({ known }) => ({
      remembered: known?.[side].read() ?? null,
      leaves: null,
      wroteSince: known?.areCounted !== true,
    }),
    written: null,
  },
): SignRequest {
  return {
    file: { path: files[side].path, identity: identities[side] },
    tables: tables.map((table) => ({
      root: side === "a" ? table.scan.table.rootA : table.scan.table.rootB,
      key: table.scan.table.key,
      keyIndex: keyIndexOf(table, side),
      ...units(table),
    })),
    written,
  };
}

function keyIndexOf({ scan, shape }: SignableTable, side: "a" | "b"): TableToSign["keyIndex"] {
  const { keyOrder } = scan;
  if (keyOrder.type !== "index") return null;
  return {
    root: side === "a" ? keyOrder.rootA : keyOrder.rootB,
    parts: shape.table.key.length,
  };
}

/**
 * In rollback mode a reader keeps writers waiting: while pages are read, about 0.1 s for so many bytes.
 * Larger files are looked through in slices.
 */
const MOST_LOCKED_BYTES = 512 * 2 ** 20;

/**
 * Whether a draft shall go by the pages: they are remembered, or will be from now on, or both sides may be copies
 * of each other of which no row has to be compared; and reading them keeps nobody waiting for long.
 */
export function mayReadPages(
  space: Workspace,
  request: RunRequest,
  { follows, tables }: Pick<PageSource, "follows"> & { readonly tables: readonly SignableTable[] },
): boolean {
  const { files, scan, lineage, ancestor } = request;
  // What is remembered says which rows are as the state's base has them, and here that base is not gone by.
  if (lineage === "forget" || ancestor !== null) return false;
  const isWal = (side: "a" | "b"): boolean =>
    space.db.pragma(`${side}.journal_mode`, { simple: true }) === "wal";
  // In rollback mode all pages are read, and every row is compared beside that: it keeps writers waiting.
  const isLogged = follows && SIDES.every(({ side }) => isWal(side));
  const tellsMuch = ({ known, shape }: SignableTable): boolean =>
    isLogged || known !== null || isFirst(shape);
  if (!tables.some(tellsMuch)) return false;
  return SIDES.every(
    ({ side }) =>
      scan === "pages" || isWal(side) || statSync(files[side].path).size <= MOST_LOCKED_BYTES,
  );
}

/** Nothing is known yet that both sides agreed on. */
function isFirst({ work }: Shape): boolean {
  return work.base === null && work.baseBag === null;
}

/** Tables whose pages a run may remember once it is done. */
export function signableTables({ db, shapes, schemas }: Workspace): SignableTable[] {
  return shapes.flatMap((shape) => {
    const scan = planTableScan(db, comparedTable(shape.table, shape.sides), schemas);
    if (scan.type === "not-known") return [];
    const about = `${schemas.a.encoding} ${wordsOf(shape.sides.a.stored)}`;
    return [{ shape, scan, about, known: readKnownPages(db, shape.table, about) }];
  });
}

function nothing(reason: string): SignedPages {
  return { pages: 0, isTail: false, tables: new Map(), reason };
}

function pagesIn(answer: SignAnswer): number {
  return answer.type === "signed" ? answer.pages : 0;
}

function joined(
  tables: readonly SignableTable[],
  a: SignAnswer,
  b: SignAnswer,
): Map<string, SignedTable> {
  const of = (answer: SignAnswer, place: number): TableSigned => {
    const found = answer.type === "signed" ? answer.tables[place] : undefined;
    return found ?? { type: "not-known", reason: "there was no answer" };
  };
  return new Map(
    tables.map((table, place) => [
      table.shape.table.name,
      { ...table, a: of(a, place), b: of(b, place) },
    ]),
  );
}

/** What the pages tell about the keyed rows of a table; `null`: every row has to be compared. */
export function changedPagesOf(
  db: Database.Database,
  signed: SignedTable | undefined,
): ChangedPages | null {
  if (signed === undefined || signed.known === null) return null;
  const { scan, known, shape } = signed;
  const [a, b] = [changesOf(signed.a), changesOf(signed.b)];
  if (a === null || b === null) return null;
  // Rows with NULL in their key stand on the same pages, where nobody counted them.
  const wasWithoutNull = known.isWithoutNull && known.isBagSettled;
  const isWithoutNull = wasWithoutNull || (!isUnchanged(signed) && !holdsNullKeys(db, shape));
  if (!isUnchanged(signed) && !isWithoutNull) return null;
  return { a, b, scan, unsettled: known.unsettled, areCounted: known.areCounted, isWithoutNull };
}

function changesOf(signed: TableSigned): SideChanges | null {
  if (signed.type !== "signed" || signed.changed === null) return null;
  return { ...signed, changed: signed.changed };
}

/** No page of the table is other than it was when its rows without a key were settled. */
export function isBagUnchanged(signed: SignedTable | undefined): boolean {
  return signed?.known?.isBagSettled === true && isUnchanged(signed);
}

/**
 * How many rows the table has, if the pages of both sides hold the same ones: then they have the same hashes,
 * one leaf after the other. `null`: that is not known.
 */
export function rowsAlike(signed: SignedTable | undefined): number | null {
  if (signed?.a.type !== "signed" || signed.b.type !== "signed") return null;
  const [a, b] = [signed.a.signature, signed.b.signature];
  if (isToken(a) || isToken(b) || Buffer.compare(a, b) !== 0) return null;
  return signed.a.rows;
}

/** Nothing has to be noted about the table. */
export function isUnchanged({ known, a, b }: SignedTable): boolean {
  return known !== null && [a, b].every((side) => side.type === "signed" && side.isUnchanged);
}

/** For the report: how changes were found, and what stood against the faster way. */
export function scanReportOf(signed: SignedPages | null, candidates: number): ScanReport {
  const full = { method: "full", pages: 0, candidates: 0 } as const;
  const areFirst = [...(signed?.tables.values() ?? [])].every(({ shape }) => isFirst(shape));
  if (signed === null || (signed.tables.size > 0 && areFirst)) return { ...full, notKnown: [] };
  if (signed.reason !== null) {
    return { ...full, notKnown: [{ table: null, reason: signed.reason }] };
  }
  const notKnown = [...signed.tables].flatMap(([table, one]) => {
    const reason = reasonOf(one);
    return reason === null ? [] : [{ table, reason }];
  });
  return { method: signed.isTail ? "wal" : "pages", pages: signed.pages, candidates, notKnown };
}

function reasonOf(signed: SignedTable): string | null {
  if (signed.known === null) return "nothing is remembered about its pages";
  for (const side of [signed.a, signed.b]) {
    if (side.type === "not-known") return side.reason;
    if (side.type === "signed" && side.changed === null) {
      return isToken(signed.known.a) || isToken(signed.known.b)
        ? "what a watcher remembers of its pages is not known here"
        : "too many rows may have changed";
    }
  }
  if (isUnchanged(signed) || signed.shape.table.key.length > 0) return null;
  return "rows without a key are compared all together";
}
