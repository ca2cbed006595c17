import type { HashAnswer, HashPages } from "../sqlite/pages/hash-pages.ts";
import { SIDES } from "../sqlite/shape.ts";
import { noteHashes } from "../state/page-hashes.ts";
import type { NotedSide } from "../state/page-hashes.ts";
import type { Draft } from "./draft.ts";
import { digestOf, hashRequest, signsOf } from "./noted-pages.ts";
import { isQuiet } from "./quiet-tables.ts";
import { inState, unlessRefused } from "./remember-pages.ts";
import type { RunRequest } from "./request.ts";
import { readVersions } from "./versions.ts";
import type { Workspace } from "./workspace.ts";

/** Notes all pages, after a run that found every table as it was remembered. */
export async function notePageHashes(
  space: Workspace,
  request: RunRequest,
  { draft, hash }: { readonly draft: Draft; readonly hash: HashPages | undefined },
): Promise<void> {
  const { signed, areNoted } = draft;
  if (hash === undefined || areNoted || signed === null || signed.reason !== null) return;
  const tables = [...signed.tables.values()];
  if (tables.length === 0 || !tables.every((table) => isQuiet(table))) return;
  await unlessRefused(space, async () => {
    const sides = await hashSides(space, request, { draft, hash });
    if (sides === null) return;
    inState(space, () => noteHashes(space.db, { signed: digestOf(tables), ...sides }));
  });
}

/** @returns `null` where somebody committed since the draft was made */
async function hashSides(
  space: Workspace,
  request: RunRequest,
  { draft, hash }: { readonly draft: Draft; readonly hash: HashPages },
): Promise<Record<"a" | "b", NotedSide> | null> {
  const { db } = space;
  const isSeen = (): boolean =>
    SIDES.every(({ side }) => readVersions(space, side).data === draft.seen[side].data);
  db.exec("BEGIN");
  try {
    if (!isSeen()) return null;
    const signs = { a: signsOf(request, "a"), b: signsOf(request, "b") };
    const answers = await hash(SIDES.map(({ side }) => hashRequest(request, side, null)));
    db.exec("COMMIT; BEGIN");
    const [a, b] = answers.map(hashesIn);
    if (!isSeen() || !a || !b) return null;
    return { a: { signs: signs.a, hashes: a }, b: { signs: signs.b, hashes: b } };
  } finally {
    if (db.inTransaction) db.exec("COMMIT");
  }
}

function hashesIn(answer: HashAnswer): Uint8Array | null {
  return answer.type === "hashed" ? answer.hashes : null;
}
