import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { isSyncError } from "@sync/model";
import { expect, test } from "vitest";
import { SyncManager, loadConfig } from "../src/index.ts";
import { createDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

// A config that somebody broke in a place or two is refused in words, or means something: then a run by it
// ends, and harms nothing.

/** More in a night: `SYNC_LAW_RUNS=2000`. */
const RUNS = Number(process.env["SYNC_LAW_RUNS"] ?? 25);

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Everything that a config can say. */
const WHOLE: Json = {
  policy: "last-write-wins",
  maxDeletePercent: 50,
  busyTimeoutMs: 100,
  retryMs: 0,
  stateDir: "state",
  log: { file: "logs/x.log", level: "info", maxBytes: 100_000, maxFiles: 2, maxAgeDays: 3 },
  backup: { maxCount: 2, maxAgeDays: 3 },
  pairs: {
    shop: {
      a: "a.db",
      b: "b.db",
      policy: { policy: "prefer-a" },
      rules: [
        { table: "no*", column: "pieces", use: "sum" },
        { kind: ["insert/insert", "unique"], use: "rekey" },
      ],
      tables: ["notes", "tags"],
      exclude: ["other"],
      where: { notes: "pieces >= 0", tags: { a: "note > 0" } },
      map: {
        tags: { table: { b: "labels" }, columns: { note: { b: "notice" } }, ignore: ["mine"] },
      },
      references: [{ table: "tags", column: "note", to: "notes" }],
      tableOptions: [{ table: "notes", timestamp: "changed", groups: [["body", "pieces"]] }],
      direction: "two-way",
      schemaDrift: "common",
      lineage: "accept",
      maxDeletePercent: 20,
      backupBeforeSync: false,
    },
  },
};

const NOTES = `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, pieces INTEGER, changed INTEGER);
  CREATE TABLE other (id INTEGER PRIMARY KEY);
  INSERT INTO notes VALUES (1, 'one', 1, 1), (2, 'two', 2, 2);`;
const DATABASES = {
  "a.db": `${NOTES} CREATE TABLE tags (id INTEGER PRIMARY KEY, note INTEGER, mine TEXT); INSERT INTO tags VALUES (1, 1, 'a');`,
  "b.db": `${NOTES} CREATE TABLE labels (id INTEGER PRIMARY KEY, notice INTEGER, mine TEXT); INSERT INTO labels VALUES (2, 2, 'b');`,
};

/** What may stand in the place of anything. Paths stay below the desk: a run follows them. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(
    ..."|..|a\u0000b|__proto__|constructor|*|[|notes|NOTES|tags|1; DROP TABLE notes|(SELECT 1)|id = 1 OR|\"|'|]|manual|rekey|sum|mirror|a.db|ä|\u{1F600}|\uD800|a\nb".split(
      "|",
    ),
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    [],
    {},
    ["notes", "notes"],
    { a: "1", b: "2" },
    { policy: "chain", policies: [] },
  ),
  fc.string({ maxLength: 8 }).map((text) => text.replaceAll("/", "")),
);

type Path = readonly (string | number)[];

function placesIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const below = entries.flatMap(([key, one]) => placesIn(one as Json, [...path, key]));
  return [path, ...below];
}

type Change = { readonly place: number; readonly how: "replace" | "add" | "remove" | "rename" };

const changes = fc.array(
  fc.tuple(
    fc.record({
      place: fc.nat(),
      how: fc.constantFrom<Change["how"][]>("replace", "replace", "add", "remove", "rename"),
    }),
    odd,
    fc.constantFrom("__proto__", "a", "b", "table", "use", "x", "notes", "", "toString"),
  ),
  { minLength: 1, maxLength: 3 },
);

function changed(value: Json, path: Path, { how }: Change, given: Json, key: string): Json {
  const [next, ...rest] = path;
  if (next === undefined) {
    if (how !== "add" || typeof value !== "object" || value === null) return given;
    return Array.isArray(value) ? [...value, given] : { ...value, [key]: given };
  }
  if (typeof value !== "object" || value === null) return value;
  const entries: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  const isHere = rest.length === 0;
  const made = entries.flatMap(([name, one]): [string | number, Json][] => {
    if (name !== next) return [[name, one]];
    if (isHere && how === "remove") return [];
    if (isHere && how === "rename") return [[key, one]];
    return [[name, changed(one, rest, { place: 0, how }, given, key)]];
  });
  return Array.isArray(value)
    ? made.map(([, one]) => one)
    : (Object.fromEntries(made) as { readonly [name: string]: Json });
}

const configs = changes.map((list) =>
  list.reduce<Json>((config, [change, given, key]) => {
    const places = placesIn(config);
    return changed(config, places[change.place % places.length] ?? [], change, given, key);
  }, WHOLE),
);

test("a config that is broken somewhere is refused in words, or a run by it ends well or in words", async () => {
  const ends = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(configs, async (config) => {
      const end = await runBy(config);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Not all of them are refused before anything is looked at.
  expect(ends.get("done") ?? 0).toBeGreaterThan(0);
  expect(ends.size).toBeGreaterThan(1);
}, 600_000);

test("the config that is broken here is whole", async () => {
  expect(await runBy(WHOLE)).toBe("done");
});

/** @returns the code of what refused it, or `done` */
async function runBy(config: Json): Promise<string> {
  const desk = createDesk();
  desk.write("below/here/sync.config.json", JSON.stringify(config));
  for (const [name, sql] of Object.entries(DATABASES)) desk.database(`below/here/${name}`, sql);
  const before = bytesOf(desk);
  try {
    await syncFirstPair(desk, () => expect(bytesOf(desk)).toEqual(before));
    return "done";
  } catch (error) {
    // Anything else that is thrown fails the test.
    if (!isSyncError(error)) throw error;
    expect(error.code).not.toBe("SYNC_INTERNAL");
    expect(error.message).not.toBe("");
    expect(bytesOf(desk)).toEqual(before);
    return error.code;
  } finally {
    expect(Object.keys(Object.prototype)).toEqual([]);
  }
}

/** @param onLooked - called between a dry run and the run */
async function syncFirstPair(desk: Desk, onLooked: () => void): Promise<void> {
  const cwd = desk.path("below/here");
  const config = await loadConfig({ cwd, env: { XDG_CONFIG_HOME: desk.path("home") } });
  const [pair] = config.settings.pairs;
  if (pair === undefined) return;
  const manager = new SyncManager({ worker: false, config, warn: () => undefined });
  try {
    await manager.sync(pair.name, { dryRun: true });
    onLooked();
    await manager.sync(pair.name);
  } finally {
    await manager.close();
  }
}

function bytesOf(desk: Desk): string[] {
  return Object.keys(DATABASES).map((name) =>
    readFileSync(join(desk.path("below/here"), name)).toString("hex"),
  );
}
