import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import fc from "fast-check";
import { isSyncError } from "@sync/model";
import { expect, test } from "vitest";
import { createBackupDesk, openAs } from "./backup-desk.ts";

// Whoever can write into the folder of backups must not be able to steer us out of it.

const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 25);

/** What a field may hold that nobody thought of. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    "../../outside.db",
    "/etc/passwd",
    "a\u0000b",
    "",
    null,
    -1,
    1e308,
    2 ** 53,
    12_345,
    "0".repeat(64),
    [],
    {},
    true,
  ),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const FIELDS = [
  "schemaVersion",
  "kind",
  "time",
  "source",
  "bytes",
  "sha256",
  "pageSize",
  "pages",
  "encoding",
  "journalMode",
  "schemaDigest",
  "tables",
  "problems",
  "marks",
  "__proto__",
] as const;

function filesIn(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.map((path) => [
      relative(folder, path),
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    ]),
  );
}

test(
  "whatever a manifest says, a restore puts back that backup or nothing, and writes nowhere else",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FIELDS),
        odd,
        fc.boolean(),
        async (field, value, linked) => {
          const desk = createBackupDesk();
          const path = desk.path("x.db");
          openAs(path, "CREATE TABLE t (v); INSERT INTO t VALUES ('old')").close();
          const taken = await desk.take(path);
          openAs(path, "UPDATE t SET v = 'new'").close();
          const outside = join(desk.folder, "outside");
          mkdirSync(outside);
          writeFileSync(join(outside, "mine"), "mine");
          const manifest = taken.backup.replace(/\.sqlite$/, ".json");
          // The file was written by the call above.
          const told = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
          const text = JSON.stringify({ ...told, [field]: value });
          rmSync(manifest);
          if (linked) {
            writeFileSync(join(outside, "manifest"), text);
            symlinkSync(join(outside, "manifest"), manifest);
          } else writeFileSync(manifest, text);
          const before = filesIn(outside);
          const data = filesIn(join(desk.folder, "data"));
          const ended = await desk.restore(path).then(
            () => "restored",
            (error: unknown) => (isSyncError(error) ? error.code : String(error)),
          );
          expect(ended).toMatch(/^(restored|SYNC_DB_MISSING|SYNC_CORRUPT|SYNC_USAGE)$/);
          expect(filesIn(outside)).toEqual(before);
          // A link lets the folder speak for files elsewhere, and what the backup is told by must be true.
          if (linked) expect(ended).not.toBe("restored");
          if (
            ["sha256", "bytes", "source", "schemaVersion"].includes(field) &&
            value !== told[field]
          )
            expect(ended).not.toBe("restored");
          if (ended !== "restored") expect(filesIn(join(desk.folder, "data"))).toEqual(data);
          const db = openAs(path);
          expect(db.prepare("SELECT v FROM t").pluck().get()).toBe(
            ended === "restored" ? "old" : "new",
          );
          db.close();
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
);
