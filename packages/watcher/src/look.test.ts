import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSigns } from "./file-signs.ts";
import { lookAtPair } from "./look.ts";
import type { Look } from "./look.ts";
import type { SyncTarget } from "./target.ts";

/** A look, since something was heard, at files that were written a moment ago and bear the signs they had then. */
async function lookAtYoung(hasChanged: SyncTarget["hasChanged"]): Promise<Look["type"]> {
  const folder = mkdtempSync(join(tmpdir(), "sync-look-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pair = { a: join(folder, "a.db"), b: join(folder, "b.db") };
  for (const path of [pair.a, pair.b]) writeFileSync(path, "x");
  const nowMs = Date.now();
  const before = await readSigns([pair.a, pair.b], nowMs);
  const target: SyncTarget = {
    sync: async () => Promise.reject(new Error("a run")),
    ...(hasChanged === undefined ? {} : { hasChanged }),
  };
  const { look } = await lookAtPair({
    target,
    pair,
    options: {},
    urgency: "event",
    isEager: false,
    before,
    now: () => nowMs,
    onRun: () => undefined,
  });
  return look.type;
}

test("files too young to tell wait, but for who can be asked", async () => {
  expect(await lookAtYoung(undefined)).toBe("too-young");
  expect(await lookAtYoung(() => false)).toBe("nothing");
  // The run that it leads to fails, as ours does here.
  expect(await lookAtYoung(() => true)).toBe("failed");
});
