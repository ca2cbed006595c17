import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dumpDatabase } from "@sync/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { makePair } from "./sync-pair.ts";

const text = (dump: unknown): string => JSON.stringify(dump);

/** A file system of two megabytes; only root may make one. */
const small = mkdtempSync(join(tmpdir(), "sync-small-"));
const mount = (size: string, remount = ""): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `${remount}size=${size}`, "tmpfs", small]).status === 0;
const canMount = mount("2m");
if (!canMount) console.warn("A full disk is not tested: this user may not mount a file system.");

afterAll(() => {
  if (canMount) spawnSync("umount", [small]);
  rmSync(small, { recursive: true, force: true });
});

describe.runIf(canMount)("a disk that is full", () => {
  it.each(["wal", "delete"])(
    "stops the run with both sides as before, in %s mode, and the next run goes through",
    async (mode) => {
      const pair = makePair(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'x')",
        mode,
      );
      try {
        const b = join(small, `${mode}.db`);
        copyFileSync(pair.b, b);
        const sides = { a: pair.a, b };
        await pair.sync({ pair: sides });
        pair.edit(
          "a",
          "INSERT INTO t SELECT key + 10, randomblob(3000) FROM json_each('[' || replace(hex(zeroblob(1000)), '00', '1,') || '1]')",
        );
        const before = { a: readFileSync(pair.a), b: dumpDatabase(b) };
        await expect(pair.sync({ pair: sides })).rejects.toMatchObject({ code: "SYNC_DISK_FULL" });
        expect(readFileSync(pair.a).equals(before.a)).toBe(true);
        expect(dumpDatabase(b)).toEqual(before.b);
        mount("30m", "remount,");
        const { report } = await pair.sync({ pair: sides });
        expect(report.tables[0]?.toB.inserted).toBe(1001);
        expect(text(dumpDatabase(b))).toBe(text(dumpDatabase(pair.a)));
      } finally {
        for (const name of readdirSync(small)) rmSync(join(small, name));
        mount("2m", "remount,");
        pair.remove();
      }
    },
  );
});
