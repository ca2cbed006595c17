import { SYNC_ERRORS } from "@sync/model";
import * as z from "zod";

// What `--json` prints, command by command. These are strict, so that a test sees a field that nobody
// documented; what is published allows more, since documents only ever grow.

const count = z.int().min(0);
const time = z.iso.datetime();
const side = z.enum(["a", "b"]);
const texts = z.array(z.string());

const value = z
  .union([
    z.null(),
    z.string(),
    z.number(),
    z.strictObject({ integer: z.string().regex(/^-?\d+$/) }),
    z.strictObject({ real: z.string() }),
    z.strictObject({ blob: z.string().regex(/^(?:[0-9a-f]{2})*$/) }),
  ])
  .describe("A value without loss; what JSON cannot tell apart says what it is.")
  .meta({ id: "Value" });
const row = z.record(z.string(), value).describe("Values by column.").meta({ id: "Row" });
const key = row.describe("The key columns; of a row without a key, all of it.");

const kind = z.enum([
  "update/update",
  "insert/insert",
  "update/delete",
  "unique",
  "foreign-key",
  "check",
  "not-null",
  "type",
]);

const scan = z.strictObject({
  method: z
    .enum(["wal", "pages", "full"])
    .describe("How differences were found; the result is the same."),
  pages: count,
  candidates: count.describe("Rows that the pages left to look up."),
  notKnown: z.array(z.strictObject({ table: z.string().nullable(), reason: z.string() })),
});

const writes = z.strictObject({ inserted: count, updated: count, deleted: count });
const conflictCounts = z.strictObject({ resolved: count, parked: count });

const failure = z.strictObject({
  code: z.enum(Object.keys(SYNC_ERRORS)),
  message: z.string().describe("What failed, and where."),
  next: z.string().describe("What to do."),
});

function document<Shape extends z.core.$ZodLooseShape>(command: string, shape: Shape) {
  return z.strictObject({ schemaVersion: z.literal(1), command: z.literal(command), ...shape });
}

const syncReport = document("sync", {
  runId: z.string(),
  dryRun: z.boolean(),
  firstRun: z.boolean().describe("Nothing was remembered about the pair."),
  policy: z.string(),
  direction: z.enum(["two-way", "a-to-b", "b-to-a", "mirror"]),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      toA: writes.describe("Rows written to side a."),
      toB: writes,
      copied: count,
      agreed: count.describe("Both sides had made the same change."),
      merged: count.describe("Both sides had changed different columns."),
      filtered: count,
      held: count,
      conflicts: conflictCounts,
    }),
  ),
  conflicts: conflictCounts.describe("`parked`: open in the inbox after the run."),
  durationMs: z.number(),
  renumbered: z.array(z.strictObject({ table: z.string(), side, from: key, to: key })),
  scan,
  notices: texts.describe("What a person should know though nothing stopped."),
  leftOut: texts.describe("Tables whose rows could not be read, and were not looked at."),
});

const entry = {
  id: count.describe("By this number it is named in other commands."),
  table: z.string(),
  key,
  kind,
  disputed: texts.describe("Columns in dispute."),
  policy: z.string().nullable().describe("Who left it to a person."),
  reason: z.string(),
  obstacle: z
    .strictObject({
      text: z.string(),
      side,
      rival: z.strictObject({ table: z.string(), key: z.string() }).nullable(),
    })
    .nullable()
    .describe("The constraint that is in the way."),
  since: time,
};

const schemaSteps = z.array(
  z.strictObject({
    type: z.enum([
      "create-table",
      "add-column",
      "create-index",
      "create-view",
      "create-trigger",
      "rebuild",
      "replace",
    ]),
    table: z.string(),
    subject: z.string().nullable(),
    adds: z.boolean().describe("It only adds, and `--apply` does it."),
    sql: texts.describe("Statements without their semicolon, in order."),
    note: z.string(),
  }),
);

const manifest = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.literal("dbsync"),
  kind: z.enum(["backup", "before-sync", "replaced"]),
  time,
  source: z.string(),
  bytes: count,
  sha256: z.string(),
  pageSize: count,
  pages: count,
  encoding: z.string(),
  journalMode: z.string(),
  schemaDigest: z.string(),
  tables: z.array(z.strictObject({ table: z.string(), rows: count.nullable() })),
  problems: texts.describe("What is wrong with it; empty: it is sound."),
  marks: z.array(z.strictObject({ state: z.string(), epoch: count })),
});

const sides = { a: z.string(), b: z.string() };
const pair = z.strictObject(sides);

/** What was printed, held against what is documented; `null` where it is right. */
export function documentProblem(printed: string): string | null {
  // Whatever it is, a schema says what it has to be.
  const found = JSON.parse(printed) as { readonly command?: string; readonly error?: unknown };
  const names = Object.keys(DOCUMENTS).filter((name) =>
    found.error === undefined
      ? name === found.command || name.startsWith(`${found.command}-`)
      : name === "error",
  );
  const results = names.map((name) => [name, problemOf(name, found)] as const);
  if (results.some(([, problem]) => problem === null)) return null;
  const problems = results.map(([name, problem]) => `${name}: ${problem ?? ""}`);
  return `No document is like this: ${problems.join("; ")}\n${printed}`;
}

/** Every field is documented; and what is published takes it, also with a field of a later version. */
function problemOf(name: string, found: object): string | null {
  const strict = DOCUMENTS[name]?.safeParse(found).error;
  if (strict !== undefined) return z.prettifyError(strict);
  const published = z.fromJSONSchema(publishedSchema(name));
  const error = published.safeParse({ ...found, ofALaterVersion: true }).error;
  return error === undefined ? null : z.prettifyError(error);
}

/** As it is published: what a later version adds is allowed. */
export function publishedSchema(name: string): z.core.JSONSchema.BaseSchema {
  const schema = DOCUMENTS[name];
  if (schema === undefined) throw new Error(`${name} is no document`);
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
}

/** What a command prints with `--json`, by the name of its file. */
export const DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  diff: document("diff", {
    ...sides,
    same: z.boolean(),
    tables: z.array(
      z.strictObject({
        table: z.string(),
        onlyInA: count,
        onlyInB: count,
        changed: count,
        same: count,
      }),
    ),
    scan,
  }),
  "diff-row": z
    .strictObject({
      table: z.string(),
      key,
      a: row.nullable().describe("`null`: there is no such row."),
      b: row.nullable(),
      changed: texts.describe("Columns whose values differ."),
    })
    .describe("One line of `dbsync diff --ndjson`."),
  sync: syncReport,
  "sync-pairs": document("sync", {
    runs: z.array(
      z.union([
        z.strictObject({ pair: z.string(), report: syncReport }),
        z.strictObject({ pair: z.string(), error: failure }),
      ]),
    ),
  }).describe("What `dbsync sync` prints for several pairs, or for all of the config."),
  validate: document("validate", {
    ok: z.boolean(),
    sides: z.array(
      z.strictObject({
        db: z.string(),
        integrity: texts.describe("Messages of SQLite's check; empty: sound."),
        foreignKeys: z.array(
          z.strictObject({ table: z.string(), parent: z.string(), rows: count }),
        ),
        tables: z.array(
          z.strictObject({
            table: z.string(),
            rows: count,
            digest: z.string().describe("Of the content; the order of rows does not matter."),
          }),
        ),
      }),
    ),
    differences: texts,
  }),
  schema: document("schema", {
    ...sides,
    same: z.boolean(),
    differences: z.array(
      z.strictObject({
        kind: z.string(),
        table: z.string().nullable(),
        subject: z.string().nullable(),
        onlyIn: side.nullable(),
        stopsSync: z.boolean(),
        message: z.string(),
        next: z.string(),
      }),
    ),
    steps: z.strictObject({ a: schemaSteps, b: schemaSteps }),
    applied: z.strictObject({ side, steps: schemaSteps, backup: z.string().nullable() }).nullable(),
  }),
  doctor: document("doctor", {
    ok: z.boolean(),
    node: z.string(),
    databases: texts,
    stateDir: z.string(),
    log: z.string().nullable(),
    checks: texts.describe("The rules that were asked."),
    findings: z.array(
      z.strictObject({
        check: z.string(),
        severity: z.enum(["problem", "warning"]),
        subject: z.string().nullable(),
        message: z.string(),
        cure: z.string(),
      }),
    ),
  }),
  backup: document("backup", {
    database: z.string(),
    backup: z.string().describe("The file."),
    root: z.string(),
    manifest,
    removed: texts.describe("Older ones that went."),
    durationMs: z.number(),
  }),
  backups: document("backups", {
    databases: z.array(
      z.strictObject({
        database: z.string(),
        folder: z.string(),
        backups: z.array(
          z.strictObject({ path: z.string(), manifest: manifest.nullable(), problems: texts }),
        ),
      }),
    ),
  }),
  restore: document("restore", {
    database: z.string(),
    from: z.string(),
    manifest: manifest.nullable(),
    replaced: z.string().nullable().describe("A copy of what the database held before."),
    how: z.enum(["in-place", "new-file"]),
    setAside: texts,
    pairs: z.array(
      z.strictObject({
        ...sides,
        side,
        tables: z.array(
          z.strictObject({
            table: z.string(),
            outcome: z.enum(["as-before", "rebased", "anew"]),
            rows: count,
          }),
        ),
      }),
    ),
    notices: texts,
    durationMs: z.number(),
  }),
  "state-list": document("state", {
    action: z.literal("list"),
    stateDir: z.string(),
    pairs: z.array(
      z.strictObject({
        folder: z.string(),
        a: z.string().nullable(),
        b: z.string().nullable(),
        isThere: z.boolean().describe("The databases are where they were."),
        runs: count.nullable(),
        openConflicts: count.nullable(),
        ledgerEntries: count.nullable(),
        lastChangeMs: z.number(),
        bytes: count,
      }),
    ),
  }),
  "state-move": document("state", {
    action: z.literal("move"),
    pairs: z.array(z.strictObject({ before: pair, after: pair })),
  }),
  "state-forget": document("state", {
    action: z.literal("forget"),
    a: z.string().nullable(),
    b: z.string().nullable(),
    openConflicts: count.nullable(),
    ledgerEntries: count.nullable(),
  }),
  "state-export": document("state", { action: z.literal("export"), ...sides, file: z.string() }),
  "state-import": document("state", { action: z.literal("import"), ...sides, file: z.string() }),
  "conflicts-list": document("conflicts", {
    ...sides,
    conflicts: z.array(z.strictObject(entry)),
  }),
  "conflicts-show": document("conflicts", {
    ...sides,
    conflict: z.strictObject({
      ...entry,
      base: row.nullable().describe("The row when both sides last agreed."),
      a: row.nullable(),
      b: row.nullable(),
      differing: texts,
      changed: z.array(side).describe("Sides that changed the row since it was parked."),
    }),
  }),
  "conflicts-resolve": document("conflicts", {
    ...sides,
    runId: z.string().nullable(),
    rows: z.array(
      z.strictObject({
        id: count,
        table: z.string().nullable(),
        key: key.nullable(),
        outcome: z.enum(["done", "refused", "missing"]),
        reason: z.string(),
      }),
    ),
    open: count.describe("What still waits."),
  }),
  ledger: document("ledger", {
    ...sides,
    total: count.describe("Without `--limit`."),
    isUnfinished: z
      .boolean()
      .describe(
        "A run of the pair was interrupted, or is under way: what it overwrote is listed once a run has ended.",
      ),
    entries: z.array(
      z.strictObject({
        id: count,
        runId: z.string(),
        time,
        table: z.string(),
        key,
        kind,
        side: side.describe("Whose value lost."),
        winner: side.nullable(),
        policy: z.string(),
        reason: z.string(),
        base: row.nullable(),
        a: row.nullable(),
        b: row.nullable(),
        result: row.nullable().describe("What came out; `null`: the row was deleted."),
        isResultKnown: z.boolean(),
        isRenumbered: z.boolean(),
      }),
    ),
  }),
  undo: document("undo", {
    ...sides,
    dryRun: z.boolean(),
    runId: z.string().nullable().describe("It can be undone in turn."),
    entries: z.array(
      z.strictObject({
        entry: count,
        table: z.string(),
        key,
        side,
        outcome: z.enum(["given-back", "already", "moved", "choose-side", "refused"]),
        reason: z.string(),
      }),
    ),
  }),
  status: document("status", {
    watchers: z.array(
      z.strictObject({
        pid: count,
        startedAt: time,
        uptimeMs: z.number(),
        answers: z.boolean(),
        pairs: z.array(
          z.strictObject({
            name: z.string().nullable(),
            ...sides,
            state: z.enum(["idle", "due", "running", "backing-off", "paused"]).nullable(),
            lastRun: z
              .strictObject({ at: time, runId: z.string(), durationMs: z.number() })
              .nullable()
              .optional(),
            lagMs: z.number().optional().describe("For how long a change has waited."),
            openConflicts: count.nullable().optional(),
            nextRetryAt: time.nullable().optional(),
            error: failure.nullable().optional(),
          }),
        ),
      }),
    ),
  }),
  stop: document("stop", {
    watchers: z.array(z.strictObject({ pid: count, isKilled: z.boolean() })),
  }),
  resume: document("resume", { pairs: count.describe("How many will be looked at now.") }),
  log: document("log", {
    file: z.string().nullable(),
    entries: z.array(
      z.looseObject({
        time,
        level: z.enum(["debug", "info", "warn", "error"]),
        event: z.string(),
        runId: z.string().optional(),
        pid: count.optional(),
      }),
    ),
  }),
  "config-print": document("config", {
    files: z.array(z.strictObject({ source: z.string(), path: z.string() })),
    values: z.array(
      z.strictObject({
        key: z.string(),
        value: z.unknown(),
        source: z.enum(["environment", "project", "user", "default"]),
        where: z.string().nullable(),
      }),
    ),
  }),
  init: document("init", {
    file: z.string(),
    name: z.string(),
    ...sides,
    policy: z.string(),
  }),
  "init-resolver": document("init", {
    action: z.literal("resolver"),
    folder: z.string(),
    package: z.string(),
    policy: z.string().describe("The name by which it is found."),
    files: texts,
  }),
  explain: document("explain", {
    codes: z.array(
      z.strictObject({
        code: z.enum(Object.keys(SYNC_ERRORS)),
        exitCode: count,
        cause: z.string(),
        data: z.string().describe("What happened to both databases."),
        next: z.string(),
      }),
    ),
  }),
  error: z
    .strictObject({
      schemaVersion: z.literal(1),
      command: z.string().nullable(),
      error: z.strictObject({
        ...failure.shape,
        details: z.record(z.string(), z.unknown()).describe("Paths, tables; never row contents."),
      }),
    })
    .describe("What every command prints with `--json` when it fails."),
};
