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
    // What may well stand there, if not here.
    ..."prefer-b|pieces|body|id > 0|pieces < 2|no*|common|two-way|a-to-b|info|update/update".split(
      "|",
    ),
    false,
    5,
    50,
    2000,
  ),
  fc.string({ maxLength: 8 }).map((text) => text.replaceAll("/", "")),
);

type Path = readonly (string | number)[];

function placesIn(value: Json, path: Path = []): Path[] {
  return [path, ...entriesOf(value).flatMap(([key, one]) => placesIn(one, [...path, key]))];
}

interface Change {
  readonly place: number;
  readonly how: "replace" | "add" | "remove" | "rename";
  /** What comes there, and under which name. */
  readonly given: Json;
  readonly key: string;
}

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    place: fc.nat(),
    how: fc.constantFrom<Change["how"][]>("replace", "replace", "add", "remove", "rename"),
    given: odd,
    key: fc.constantFrom("__proto__", "a", "b", "table", "use", "x", "notes", "", "toString"),
  }),
  { minLength: 1, maxLength: 2 },
);

function changed(value: Json, path: Path, change: Change): Json {
  const { how, given, key } = change;
  const [next, ...rest] = path;
  if (next === undefined) return how === "add" ? withMore(value, given, key) : given;
  const made = entriesOf(value).flatMap(([name, one]): [string | number, Json][] => {
    if (name !== next) return [[name, one]];
    const isHere = rest.length === 0;
    if (isHere && how === "remove") return [];
    return isHere && how === "rename" ? [[key, one]] : [[name, changed(one, rest, change)]];
  });
  return Array.isArray(value) ? made.map(([, one]) => one) : Object.fromEntries<Json>(made);
}

function withMore(value: Json, given: Json, key: string): Json {
  if (Array.isArray(value)) return [...entriesOf(value).map(([, one]) => one), given];
  const isObject = typeof value === "object" && value !== null;
  return isObject ? Object.fromEntries<Json>([...entriesOf(value), [key, given]]) : given;
}

/** Of what holds others, those; else none. */
function entriesOf(value: Json): [string | number, Json][] {
  if (typeof value !== "object" || value === null) return [];
  // JSON holds nothing else.
  const all = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return all as [string | number, Json][];
}

const configs = changes.map((list) =>
  list.reduce<Json>((config, change) => {
    const places = placesIn(config);
    return changed(config, places[change.place % places.length] ?? [], change);
  }, WHOLE),
);

test("a config that is broken somewhere is refused in words, or a run by it ends well or in words", async () => {
  await fc.assert(
    fc.asyncProperty(configs, async (config) => {
      await runBy(config);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
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
  const named = pair.name ?? { a: pair.a, b: pair.b };
  const manager = new SyncManager({ worker: false, config, warn: () => undefined });
  try {
    await manager.sync(named, { dryRun: true });
    onLooked();
    await manager.sync(named);
  } finally {
    await manager.close();
  }
}

function bytesOf(desk: Desk): string[] {
  return Object.keys(DATABASES).map((name) =>
    readFileSync(join(desk.path("below/here"), name)).toString("hex"),
  );
}
