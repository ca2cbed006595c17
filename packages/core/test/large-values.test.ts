import { expect, onTestFinished, test } from "vitest";
import { fileHashes } from "./databases.ts";
import { PREFER_A, makePair } from "./sync-pair.ts";
import type { TestPair } from "./sync-pair.ts";

/** `SYNC_LARGE_BYTES=536000000` for the largest that there are; some gigabytes of disk. */
const BYTES = Number(process.env["SYNC_LARGE_BYTES"] ?? 20_000_000);

/** What the driver takes at most, for a value and for a row. */
const MOST_BYTES = 2 ** 29 - 24;

const MINUTES = 60_000;

function startPair(): TestPair {
  const pair = makePair("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  onTestFinished(() => pair.remove());
  return pair;
}

function write(pair: TestPair, side: "a" | "b", value: Buffer): void {
  const db = pair.open(side);
  db.prepare("INSERT OR REPLACE INTO t VALUES (1, ?)").run(value);
}

function read(pair: TestPair, side: "a" | "b"): Buffer {
  return pair.open(side).prepare("SELECT v FROM t WHERE id = 1").pluck().get() as Buffer;
}

/** One byte differs, in the middle. */
function marked(by: number): Buffer {
  const value = Buffer.alloc(BYTES, 7);
  value[BYTES / 2] = by;
  return value;
}

test(
  "a large value goes over, back with one byte changed, and into a conflict",
  { timeout: 10 * MINUTES },
  async () => {
    const pair = startPair();
    write(pair, "a", marked(1));
    await pair.sync();
    expect(read(pair, "b").equals(marked(1))).toBe(true);
    write(pair, "b", marked(2));
    await pair.sync();
    expect(read(pair, "a").equals(marked(2))).toBe(true);
    write(pair, "a", marked(3));
    write(pair, "b", marked(4));
    expect((await pair.sync()).report.conflicts.parked).toBe(1);
    expect(read(pair, "b").equals(marked(4))).toBe(true);
    await pair.sync({ policy: PREFER_A });
    expect(read(pair, "b").equals(marked(3))).toBe(true);
  },
);

test.runIf(BYTES > 500_000_000)(
  "a row that is larger than any row here can be is said to be, and nothing is changed",
  { timeout: 10 * MINUTES },
  async () => {
    const pair = startPair();
    write(pair, "a", Buffer.alloc(1));
    await pair.sync();
    // The user's row just fits; that of a plan, which says more about it, does not.
    write(pair, "a", Buffer.alloc(MOST_BYTES - 20, 7));
    await pair.release();
    const before = fileHashes(pair.a, pair.b);
    await expect(pair.sync()).rejects.toMatchObject({
      code: "SYNC_UNSUPPORTED",
      next: expect.stringContaining("512 MiB") as string,
    });
    expect(fileHashes(pair.a, pair.b)).toEqual(before);
  },
);
