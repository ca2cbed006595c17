import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Change } from "./disk-log.ts";
import { Disk, entriesOf } from "./disk.ts";
import { randomShares } from "./random-shares.ts";

/** A folder with a file of two sectors of `o`, and what becomes of it. */
function diskAfter(changes: (file: string, folder: string, path: string) => readonly Change[]): {
  readonly path: string;
  readonly disk: Disk;
  readonly folder: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "torture-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "f");
  writeFileSync(path, "o".repeat(1024));
  const entries = entriesOf(folder);
  const inodeOf = (wanted: string): string =>
    entries.find((entry) => entry.path === wanted)?.inode ?? "";
  const disk = new Disk(entries);
  for (const change of changes(inodeOf(path), inodeOf(folder), path)) disk.apply(change);
  rmSync(path);
  return { path, disk, folder };
}

const write = (inode: string): Change => ({
  type: "write",
  inode,
  offset: 0,
  bytes: Buffer.from("n".repeat(1024)),
});
const lossy = (seed: number, survival = 0) => ({ share: randomShares(seed), survival });
const sectorsOf = (path: string): string =>
  [0, 512].map((at) => readFileSync(path, "latin1").slice(at, at + 1)).join("");

test("without a power loss everything is there", () => {
  const { disk, path } = diskAfter((file) => [write(file)]);
  disk.saveAll();
  expect(sectorsOf(path)).toBe("nn");
});

test("a power loss takes what was not synced, and nothing that was", () => {
  const lost = diskAfter((file) => [write(file)]);
  lost.disk.saveDurable(lossy(1));
  expect(sectorsOf(lost.path)).toBe("oo");
  const kept = diskAfter((file) => [write(file), { type: "sync", inode: file }]);
  kept.disk.saveDurable(lossy(1));
  expect(sectorsOf(kept.path)).toBe("nn");
});

test("of what was not synced each sector may be there or not", () => {
  const seen = new Set(
    Array.from({ length: 40 }, (_, seed) => {
      const { disk, path } = diskAfter((file) => [write(file)]);
      disk.saveDurable(lossy(seed, 0.3));
      return sectorsOf(path);
    }),
  );
  expect([...seen].toSorted()).toEqual(["nn", "no", "on", "oo"]);
});

test("a name that was deleted and made again keeps its order when both are synced", () => {
  const { disk, path, folder } = diskAfter(() => []);
  disk.apply({ type: "unlink", path });
  disk.apply({ type: "create", inode: "new", path });
  disk.apply({ type: "sync", inode: "new" });
  disk.apply({ type: "sync", inode: entriesOf(folder)[0]?.inode ?? "" });
  disk.saveDurable(lossy(1));
  expect(readFileSync(path, "latin1")).toBe("");
});

test("a deletion that no folder was synced after may be undone", () => {
  const seen = new Set(
    Array.from({ length: 20 }, (_, seed) => {
      const { disk, path } = diskAfter(() => []);
      disk.apply({ type: "unlink", path });
      disk.saveDurable(lossy(seed));
      return existsSync(path);
    }),
  );
  expect(seen).toEqual(new Set([true, false]));
});

test("a deleted file that comes back holds what it held, though its number is another's now", () => {
  const seen = new Set(
    Array.from({ length: 20 }, (_, seed) => {
      const { disk, path } = diskAfter((inode, _folder, file) => [
        { type: "unlink", path: file },
        { type: "create", inode, path: `${file}2` },
      ]);
      disk.saveDurable(lossy(seed));
      return existsSync(path) ? sectorsOf(path) : "gone";
    }),
  );
  expect(seen).toEqual(new Set(["oo", "gone"]));
});
