import { sqliteCode } from "../sqlite/errors.ts";
import type { SignPages } from "../sqlite/pages/page-signer.ts";
import { isToken } from "../sqlite/pages/signature.ts";
import type { TableSigned } from "../sqlite/pages/sign.ts";
import type { WrittenPages } from "../sqlite/pages/sign-written.ts";
import { SIDES } from "../sqlite/shape.ts";
import { notePages, noteUnsettled } from "../state/signatures.ts";
import type { Draft } from "./draft.ts";
import type { RunRequest } from "./request.ts";
import { isUnchanged, requestOf, signableTables } from "./signed-pages.ts";
import type { SignableTable, SignedBefore } from "./signed-pages.ts";
import { readVersions } from "./versions.ts";
import type { Workspace } from "./workspace.ts";

/** What a run that is done knows about pages. */
export interface PagesToRemember {
  readonly draft: Pick<Draft, "signed" | "seen" | "withoutNull">;
  /** Sides that the run wrote to, and which of their pages are other ones now; `null`: not known. */
  readonly written: ReadonlyMap<"a" | "b", WrittenPages | null>;
  readonly sign: SignPages;
}

/**
 * The tables whose pages a run shall remember. Whoever settles its plan notes in the same transaction which
 * rows stay unsettled; then {@link rememberPages} follows.
 */
export function tablesToRemember(
  space: Workspace,
  { signed, withoutNull }: Pick<Draft, "signed" | "withoutNull">,
): readonly TableToRemember[] {
  const isRead = signed !== null && signed.reason === null;
  const tables = isRead ? [...signed.tables.values()] : signableTables(space);
  return tables.map(({ shape, scan, about, known }) => {
    const isWithoutNull = withoutNull.has(shape.table.name);
    return { shape, scan, about, known, isWithoutNull };
  });
}

export interface TableToRemember extends SignableTable {
  /** No row of either side had NULL in its key when the draft was made. */
  readonly isWithoutNull: boolean;
}

/**
 * Notes what the pages of both sides look like now that the base says what stands on them. Sides that were
 * written are read again, and both where the draft did not go by pages; where somebody else committed
 * since the run looked, nothing is noted, and the next run compares every row. Losing this step to a crash
 * costs no more than that.
 */
export async function rememberPages(
  space: Workspace,
  request: RunRequest,
  pages: PagesToRemember,
): Promise<void> {
  await unlessRefused(space, async () => signAndStore(space, request, pages));
}

/**
 * The run is done by now: a lock or a disk that keeps its pages from being noted must not make it a failed
 * one. Nothing is noted then, and the next run compares every row.
 */
export async function unlessRefused({ db }: Workspace, note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    if (sqliteCode(error) === "") throw error;
  }
}

async function signAndStore(
  space: Workspace,
  request: RunRequest,
  { draft, written, sign }: PagesToRemember,
): Promise<void> {
  const tables = tablesToRemember(space, draft);
  if (tables.length === 0) return;
  const isRead = draft.signed !== null && draft.signed.reason === null;
  const again = SIDES.map(({ side }) => side).filter((side) => !isRead || written.has(side));
  const found = await signAgain(space, request, { tables, sides: again, sign, draft, written });
  if (found === null && !isRead) return;
  const seen = (side: "a" | "b"): Signatures =>
    [...(draft.signed?.tables.values() ?? [])].map((table) => signatureIn(table[side]));
  const areCounted = found !== null;
  const signatures = { a: found?.a ?? seen("a"), b: found?.b ?? seen("b") };
  // A token says what the draft saw: what was written since, by whomever, will be looked at again.
  const isKept = (side: "a" | "b", signature: Uint8Array): boolean =>
    areCounted || !again.includes(side) || isToken(signature);
  inState(space, () => storeSignatures(space, tables, { ...signatures, areCounted, isKept }));
}

/** The same after a run that had nothing to write: pages may be other ones all the same, after VACUUM for one. */
export async function rememberUntouched(
  space: Workspace,
  request: RunRequest,
  { draft, sign }: Omit<PagesToRemember, "written">,
): Promise<void> {
  const { signed } = draft;
  if (signed?.reason === null && [...signed.tables.values()].every(isUnchanged)) return;
  await unlessRefused(space, async () => {
    inState(space, () => {
      for (const table of tablesToRemember(space, draft)) {
        noteUnsettled(space.db, table.shape, table);
      }
    });
    await signAndStore(space, request, { draft, sign, written: new Map() });
  });
}

type Signatures = readonly (Uint8Array | null)[];

function signatureIn(signed: TableSigned | undefined): Uint8Array | null {
  return signed === undefined || signed.type === "not-known" ? null : signed.signature;
}

function storeSignatures(
  { db }: Workspace,
  tables: readonly SignableTable[],
  {
    a,
    b,
    areCounted,
    isKept,
  }: Readonly<Record<"a" | "b", Signatures>> & {
    readonly areCounted: boolean;
    readonly isKept: (side: "a" | "b", signature: Uint8Array) => boolean;
  },
): void {
  for (const [place, { shape }] of tables.entries()) {
    const [one, other] = [a[place] ?? null, b[place] ?? null];
    if (one === null || other === null || !isKept("a", one) || !isKept("b", other)) continue;
    notePages(db, shape.table.name, { a: one, b: other, areCounted });
  }
}

interface SidesToSign extends PagesToRemember {
  readonly tables: readonly SignableTable[];
  readonly sides: readonly ("a" | "b")[];
}

/**
 * Has pages read once more, both sides' at the same time: only those that the run wrote, where that is known.
 *
 * @returns `null` where a side is not what the run made of it any more
 */
async function signAgain(
  space: Workspace,
  request: RunRequest,
  { tables, sides, sign, draft, written }: SidesToSign,
): Promise<Partial<Record<"a" | "b", Signatures>> | null> {
  const { db } = space;
  // Our own commits do not move the number (SQLITE_NOTES 8).
  const areOurs = (): boolean =>
    sides.every((side) => readVersions(space, side).data === draft.seen[side].data);
  if (sides.length === 0) return {};
  db.exec("BEGIN");
  try {
    if (!areOurs()) return null;
    const before = (side: "a" | "b"): SignedBefore => ({
      units: ({ shape }) => unitsIn(draft.signed?.tables.get(shape.table.name)?.[side]),
      written: written.get(side) ?? null,
    });
    const answers = await sign(sides.map((side) => requestOf(request, side, tables, before(side))));
    db.exec("COMMIT; BEGIN");
    if (!areOurs()) return null;
    const found: Partial<Record<"a" | "b", Signatures>> = {};
    for (const [place, side] of sides.entries()) {
      const answer = answers[place];
      if (answer?.type !== "signed") return null;
      found[side] = answer.tables.map((signed) => signatureIn(signed));
    }
    return found;
  } finally {
    if (db.inTransaction) db.exec("COMMIT");
  }
}

/** Nobody else wrote meanwhile. Most leaves are as the run found them: whether their rows have overflow pages need not be looked for again. */
function unitsIn(signed: TableSigned | undefined): ReturnType<SignedBefore["units"]> {
  if (signed === undefined || signed.type === "not-known")
    return { remembered: null, leaves: null, wroteSince: true };
  return { remembered: signed.signature, leaves: signed.leaves, wroteSince: false };
}

/** Writes to the state in one transaction. */
export function inState({ db }: Workspace, act: () => void): void {
  // Not IMMEDIATE: that would take the write locks of both sides, too (SQLITE_NOTES 4).
  db.exec("BEGIN");
  try {
    act();
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
