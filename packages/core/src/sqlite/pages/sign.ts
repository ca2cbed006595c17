import { createKeyList, createRowidList, limited } from "./candidate-list.ts";
import { TreeCursor } from "./cursor.ts";
import type { TreeKind } from "./cell.ts";
import { openImage } from "./image.ts";
import type { Image } from "./image.ts";
import { reasonOf } from "./not-known.ts";
import type { PageHash } from "./page-hash.ts";
import { openRandomAccess } from "./random-access.ts";
import type { OpenFile } from "./random-access.ts";
import type { CandidateRows, KeyPart, ScannedFile } from "./scan-request.ts";
import { divideSignature, divideUnits, isToken, readSignature, unitsAbout } from "./signature.ts";
import type { SignedUnits } from "./signature.ts";
import { createSignatureWriter } from "./signature-writer.ts";
import { signWritten, writtenIn } from "./sign-written.ts";
import type { WrittenPages } from "./sign-written.ts";
import { signTree } from "./sign-tree.ts";
import type { SignedTree } from "./sign-tree.ts";

/** What is to be signed: one database and where its tables' rows are. Plain data: it travels to a process. */
export interface SignRequest {
  readonly file: ScannedFile;
  readonly tables: readonly TableToSign[];
  /** What was written since the tables were signed; `null`: anything may have been. */
  readonly written: WrittenPages | null;
  /** The process shall follow the file from now on, and answer with tokens. */
  readonly following?: Following;
}

/** What the asker knows about a file that is followed, between this question and the one before. */
export interface Following {
  /** Names the connection that it has had open all the time; another name, another connection. */
  readonly session: string;
  /**
   * The signs of the main file, after a question, when nothing more was committed and the connection was closed.
   * While they stay, no log was carried over into it. `null`: that is not known.
   */
  readonly restedSigns: string | null;
}

export interface TableToSign {
  readonly root: number;
  /** How the key of a WITHOUT ROWID table is ordered; `null`: a rowid table. */
  readonly key: readonly KeyPart[] | null;
  /** The index that has the keys of a rowid table in their order, with so many parts; `null`: none. */
  readonly keyIndex: { readonly root: number; readonly parts: number } | null;
  /** What an earlier answer said of it: a signature, or the token of a process that follows the file. `null`: nothing. */
  readonly remembered: Uint8Array | null;
  /** Where its units stood then; `null`: not known any more. */
  readonly leaves: Uint32Array | null;
  /**
   * The asker may have written to it since: a page that looks as it did may have held rows of the base in between,
   * which somebody deleted again. Only a log tells then.
   */
  readonly wroteSince: boolean;
}

/** Of each table asked for, in the same order; or why the pages tell nothing. */
export type SignAnswer =
  | {
      readonly type: "signed";
      /** How many were read. */
      readonly pages: number;
      /** They were found by what was written to the `-wal` file. */
      readonly isTail: boolean;
      readonly tables: readonly TableSigned[];
    }
  | { readonly type: "not-known"; readonly reason: string };

export type TableSigned =
  | ({ readonly type: "signed"; readonly changed: ChangedRows | null } & SignedTree & SignedUnits)
  /** Only pages that were written were read: no rows were looked for. */
  | ({ readonly type: "signed-again" } & SignedUnits)
  | { readonly type: "not-known"; readonly reason: string };

/** Rows on units that are not as they were; `null` in their place: too many, or nothing was remembered. */
export type ChangedRows = CandidateRows;

/**
 * Signs the tables of one database, and finds the rows that may have changed since they were signed last. Must
 * run where no SQLite connection is (SQLITE_NOTES 1), or with files that stay open, while the asker keeps a read
 * transaction open.
 */
export function signDatabase(
  { file, tables, written }: SignRequest,
  hash: PageHash,
  openFile: OpenFile = openRandomAccess,
): SignAnswer {
  let image: Image | null = null;
  try {
    const opened = openImage(file.path, file.identity, openFile);
    image = opened;
    const pages = writtenIn(opened, written);
    const signed = tables.map((table) => signTable(opened, table, { hash, written: pages }));
    opened.verify();
    return { type: "signed", pages: opened.pageCount, isTail: false, tables: signed };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  } finally {
    image?.close();
  }
}

interface How {
  readonly hash: PageHash;
  readonly written: ReadonlySet<number> | null;
}

/** @returns not-known where the table's pages do not make sense */
export function signTable(image: Image, table: TableToSign, how: How): TableSigned {
  const { remembered, leaves } = table;
  try {
    if (how.written !== null && remembered !== null && leaves !== null) {
      const before = { signature: remembered, leaves };
      return { type: "signed-again", ...signTableAgain(image, table, { ...how, before }) };
    }
    return { type: "signed", ...signWhole(image, table, how.hash) };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  }
}

function signWhole(
  image: Image,
  { root, key, keyIndex, remembered }: TableToSign,
  hash: PageHash,
): SignedTree & SignedUnits & { readonly changed: ChangedRows | null } {
  const kind = key === null ? "table" : "index";
  const cursor = new TreeCursor(image, root, kind);
  const list = key === null ? createRowidList() : createKeyList(key.length);
  const candidates = limited(list, cursor.estimateRows());
  // A token that nobody here gave says nothing.
  const isKnown = remembered !== null && !isToken(remembered);
  const known = isKnown ? divideSignature(remembered) : null;
  const writer = createSignatureWriter(isKnown ? unitsAbout(remembered) : 0);
  const rows = signTree({
    cursor,
    kind,
    keyParts: key?.length ?? 0,
    hash,
    remembered: known && readSignature(known.rows),
    candidates,
    writer,
  });
  const changed = known === null ? null : candidates.rows();
  if (keyIndex === null) return { ...rows, ...writer.units(), changed };
  writer.divide();
  const keys = signTree({
    cursor: new TreeCursor(image, keyIndex.root, "index"),
    kind: "index",
    keyParts: keyIndex.parts,
    hash,
    remembered: known?.keys ? readSignature(known.keys) : null,
    candidates: null,
    writer,
  });
  return { ...rows, ...writer.units(), keyGaps: keys.keyGaps, changed };
}

function signTableAgain(
  image: Image,
  { root, key, keyIndex }: TableToSign,
  { hash, written, before }: How & { readonly before: SignedUnits },
): SignedUnits {
  const { rows, keys } = divideUnits(before);
  const isDivided = keyIndex !== null && keys !== null;
  const writer = createSignatureWriter(unitsAbout(before.signature));
  const again = (tree: number, kind: TreeKind, treeBefore: SignedUnits): void => {
    const cursor = new TreeCursor(image, tree, kind);
    signWritten({ cursor, kind, hash, before: treeBefore, written: written ?? new Set(), writer });
  };
  again(root, key === null ? "table" : "index", rows);
  if (isDivided) {
    writer.divide();
    again(keyIndex.root, "index", keys);
  }
  return writer.units();
}
