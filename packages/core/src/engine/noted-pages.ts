import { createHash } from "node:crypto";
import type { HashRequest } from "../sqlite/pages/hash-pages.ts";
import type { PageSource } from "../sqlite/pages/page-signer.ts";
import type { ChangedRows, TableSigned } from "../sqlite/pages/sign.ts";
import { isToken } from "../sqlite/pages/signature.ts";
import { SIDES } from "../sqlite/shape.ts";
import { readNotedHashes, readNotedSigns } from "../state/page-hashes.ts";
import { readSigns } from "./live/side-signs.ts";
import { isQuiet } from "./quiet-tables.ts";
import type { RunRequest } from "./request.ts";
import type { SignableTable, SignedPages, SignedTable } from "./signed-pages.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Looks whether every page of both sides is as it was when all of them were noted (decision 036): then all tables are as
 * their signatures say, and none has to be gone through. In the caller's read transaction, as signing is; whether somebody
 * committed meanwhile is for the caller to find out.
 *
 * @returns `null` where a page is another one, or nothing was noted
 */
export async function findNotedPages(
  { db }: Workspace,
  request: RunRequest,
  { hash, tables }: Pick<PageSource, "hash"> & { readonly tables: readonly SignableTable[] },
): Promise<SignedPages | null> {
  if (hash === undefined) return null;
  const signs = readNotedSigns(db);
  // A file that was written to has other pages, nearly always: reading it in vain takes longer than this question.
  if (signs === null || !SIDES.every(({ side }) => signs[side] === signsOf(request, side)))
    return null;
  const noted = readNotedHashes(db, digestOf(tables));
  if (noted === null) return null;
  const unchanged = tables.map(asSigned).filter((table) => table !== null);
  if (unchanged.length < tables.length || !unchanged.every(isQuiet)) return null;
  const answers = await hash(SIDES.map(({ side }) => hashRequest(request, side, noted[side])));
  let pages = 0;
  for (const answer of answers) {
    if (answer.type !== "hashed" || !answer.areSame) return null;
    pages += answer.pages;
  }
  const byName = unchanged.map((table) => [table.shape.table.name, table] as const);
  return { pages, isTail: false, tables: new Map(byName), reason: null };
}

/** The table as signing it says it is where nothing changed. */
function asSigned(table: SignableTable): SignedTable | null {
  const { known } = table;
  if (known === null || isToken(known.a) || isToken(known.b)) return null;
  const [a, b] = [known.a.read(), known.b.read()];
  if (a === null || b === null) return null;
  return { ...table, a: withNothingNew(a), b: withNothingNew(b) };
}

/** Where its leaves stand, nobody looked, and nobody has to: what is signed again is then read whole. */
function withNothingNew(signature: Uint8Array): TableSigned {
  return {
    type: "signed",
    signature,
    leaves: new Uint32Array(0),
    rows: 0,
    cleanRows: 0,
    rowsBefore: null,
    isUnchanged: true,
    gaps: [],
    keyGaps: [],
    changed: NO_ROWS,
  };
}

const NO_ROWS: ChangedRows = { count: 0, rows: new Uint8Array(0) };

/** What the pages were remembered as, by all tables together. */
export function digestOf(tables: readonly SignableTable[]): string {
  const digest = createHash("sha256");
  for (const { shape, about, known } of tables) {
    digest.update(JSON.stringify([shape.table.name, about, known?.areCounted]));
    for (const signature of [known?.a, known?.b]) {
      digest.update(`${signature?.byteLength}:`).update(signature?.read() ?? "");
    }
  }
  return digest.digest("hex");
}

/** When a side was written last, as far as the file system tells. */
export function signsOf({ files }: RunRequest, side: "a" | "b"): string {
  const { main, wal } = readSigns(files[side].path);
  return `${main} ${wal}`;
}

/** What is asked about a side: whether its pages are as they were, or what they are. */
export function hashRequest(
  { files, identities }: RunRequest,
  side: "a" | "b",
  remembered: Uint8Array | null,
): HashRequest {
  return { file: { path: files[side].path, identity: identities[side] }, remembered };
}
