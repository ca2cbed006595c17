import type { ConflictKind, Direction, EventLevel } from "@sync/model";
import * as z from "zod";

/** A key of an object or an index of a list: `["pairs", "shop", "rules", 0]`. */
export type KeyPath = readonly PropertyKey[];

const LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly EventLevel[];
const KINDS = [
  "update/update",
  "insert/insert",
  "update/delete",
  "unique",
  "foreign-key",
  "check",
  "not-null",
  "type",
] as const satisfies readonly ConflictKind[];

const DIRECTIONS = [
  "two-way",
  "a-to-b",
  "b-to-a",
  "mirror",
] as const satisfies readonly Direction[];

const path = z.string().min(1);
const name = z.string().min(1);
const percent = z.number().min(0).max(100);
const milliseconds = z.int().min(0);

const use = z.union([name, z.looseObject({ policy: name })], {
  error: "must be the name of a policy, or an object with `policy` and its options",
});

const kind = z.enum(KINDS);

const rule = z.strictObject({
  table: name.optional().describe("A table's name, or a glob such as `order_*`."),
  column: name.optional().describe("A column's name, or a glob."),
  kind: z
    .union([kind, z.array(kind).min(1)], {
      error: `must be one of ${KINDS.join(", ")}, or a list of them`,
    })
    .optional()
    .describe("The kind of conflict, or several."),
  use: use.describe("The policy for these conflicts."),
});

const reference = z.strictObject({
  table: name.describe("The table that points at another one."),
  column: name.describe("Its column that holds the other one's key."),
  to: name.describe("The table whose key it holds."),
});

const tableOption = z.strictObject({
  table: name.describe("The table."),
  timestamp: name
    .optional()
    .describe("The column with a row's time of change, where it is not updated_at or modified_at."),
  merge: z
    .enum(["columns", "row"])
    .optional()
    .describe("`row`: a row that both sides changed is in dispute as a whole."),
  groups: z
    .array(z.array(name).min(2))
    .optional()
    .describe("Columns that are one thing, such as an address."),
});

const backup = z.strictObject({
  root: path.optional().describe("The folder of backups; must exist."),
  maxCount: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe("How many backups of a database are kept."),
  maxAgeDays: z.number().positive().optional().describe("Older backups go, but never the last."),
});

const sides = z.strictObject({
  a: name.optional().describe("On side a."),
  b: name.optional().describe("On side b."),
});

const constants = z.record(name, z.union([z.string(), z.number(), z.null()]));

const tableMap = z.strictObject({
  table: sides.optional().describe("The table's own name on a side."),
  columns: z
    .record(name, sides)
    .optional()
    .describe("Columns by their common name, with their own names on a side."),
  ignore: z
    .array(name)
    .optional()
    .describe("Columns that are left out: each side keeps its own values in them."),
  constant: z
    .strictObject({
      a: constants.optional().describe("What side a reads as, by column."),
      b: constants.optional().describe("What side b reads as, by column."),
    })
    .optional()
    .describe("Values for columns that a side has not; only where that side is never written."),
});

const filter = z.union([name, sides], {
  error: "must be an SQL expression, or an object with one for a, b or both",
});

const pair = z.strictObject({
  a: path.describe("One database."),
  b: path.describe("The other one."),
  policy: use.optional().describe("Decides conflicts that no rule matches."),
  rules: z
    .array(rule)
    .optional()
    .describe("Which policy decides which conflicts; the first that matches."),
  tables: z.array(name).min(1).optional().describe("Only these tables, by name or glob."),
  exclude: z.array(name).min(1).optional().describe("Tables to leave out, by name or glob."),
  where: z
    .record(name, filter)
    .optional()
    .describe("By table, which rows are in the pair: an SQL expression over its columns."),
  map: z
    .record(name, tableMap)
    .optional()
    .describe("By the pair's name for a table, how the sides call it and its columns."),
  references: z
    .array(reference)
    .optional()
    .describe("Columns that hold keys of other tables without a FOREIGN KEY."),
  tableOptions: z.array(tableOption).optional().describe("How rows of some tables are merged."),
  direction: z
    .enum(DIRECTIONS)
    .optional()
    .describe(
      "Which changes go; `mirror`: b becomes what a is, exactly, and each run asks before it overwrites.",
    ),
  schemaDrift: z
    .enum(["stop", "common"])
    .optional()
    .describe(
      "What becomes of columns and tables that one side alone has: a run stops, or goes on with what both have.",
    ),
  lineage: z
    .enum(["restored", "accept", "forget"])
    .optional()
    .describe("What a side that went back to an older state means; without it a run stops."),
  maxDeletePercent: percent.optional().describe("As above, for this pair."),
  backupBeforeSync: z
    .boolean()
    .optional()
    .describe("Back both sides up before every run; while watching, once an hour at most."),
});

const log = z.strictObject({
  file: z
    .union([path, z.literal(false)], { error: "must be a path, or false for no log" })
    .optional()
    .describe("The log; `false` for none. Former files lie beside it."),
  level: z.enum(LEVELS).optional().describe("Events below it are left out."),
  maxBytes: z.int().min(1000).optional().describe("The size at which a new file is begun."),
  maxFiles: z.int().min(0).max(1000).optional().describe("Former files kept."),
  maxAgeDays: z.number().positive().optional().describe("The age at which a new file is begun."),
});

// Without slashes it cannot be a path; what looks like a database file is most likely one.
const pairName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]*$/u);

/** The shape of a config. Loading zod takes longer than starting the command: import this file late. */
const config = z.strictObject({
  $schema: z.string().optional().describe("Where editors find this schema."),
  pairs: z
    .record(pairName, pair)
    .optional()
    .describe("The pairs by name: letters, digits, spaces, dots, - and _."),
  policy: use.optional().describe("Decides conflicts of pairs that do not say."),
  maxDeletePercent: percent
    .optional()
    .describe("Stop before deleting more than this share of a table, from 20 rows up."),
  busyTimeoutMs: milliseconds
    .optional()
    .describe("How long one attempt waits for another program's lock."),
  retryMs: milliseconds
    .optional()
    .describe("How long a locked or busy pair is tried again; 0 for one attempt."),
  stateDir: path
    .optional()
    .describe("The folder of what is remembered about pairs; on this machine only."),
  backup: backup.optional().describe("Where backups go, and how many stay."),
  log: log.optional().describe("The log of events."),
});

/** One thing that is wrong. */
export interface Issue {
  readonly path: KeyPath;
  readonly message: string;
  /** A word that is not known there, and those that are. */
  readonly word?: string;
  readonly known?: readonly string[];
}

/** What is wrong with a config; empty where nothing is. */
export function issuesOf(value: unknown): readonly Issue[] {
  const { error } = config.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => issuesIn(issue, value));
}

/** The JSON Schema that is published for editors. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(config, { target: "draft-7", io: "input" }),
    title: "sync.config",
    description:
      "Pairs of SQLite databases that dbsync keeps in step. Paths are relative to the file.",
  };
}

function issuesIn(issue: z.core.$ZodIssue, value: unknown): Issue[] {
  const { path: at } = issue;
  if (issue.code === "unrecognized_keys") {
    const message = "is not a key that is known here";
    const known = knownKeys(at);
    return issue.keys.map((key) => ({ path: [...at, key], message, word: key, known }));
  }
  if (issue.code === "invalid_value") {
    return [{ path: at, ...wrongWord(issue.values, valueAt(value, at)) }];
  }
  if (issue.code === "invalid_key") return [{ path: at, message: "cannot be a pair's name" }];
  return [{ path: at, message: plainMessage(issue.message) }];
}

function wrongWord(values: readonly unknown[], given: unknown): Omit<Issue, "path"> {
  const known = values.map(String);
  const message = `must be one of ${known.join(", ")}`;
  return typeof given === "string" ? { message, word: given, known } : { message };
}

/** `Invalid input: expected string, received number` as `must be a string, and is a number`. */
function plainMessage(message: string): string {
  const [, expected, received] = /expected (\S+), received (\S+)/.exec(message) ?? [];
  if (received === "undefined") return "is missing";
  if (expected !== undefined) return `must be of the type ${expected}, and is ${received}`;
  return message.replace(/^(?:Too|Invalid) [^:]*: expected \S+ to (?:be|have) /, "must be ");
}

function valueAt(value: unknown, at: KeyPath): unknown {
  return at.reduce<unknown>(
    // Whatever was read: what has no such key gives undefined.
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    value,
  );
}

const SIDE_KEYS = ["a", "b"];

/** The keys of the object at a path. */
function knownKeys([first, , third, index, inner]: KeyPath): readonly string[] {
  if (first === undefined) return Object.keys(config.shape);
  if (first === "log") return Object.keys(log.shape);
  if (first === "backup") return Object.keys(backup.shape);
  if (third === undefined) return Object.keys(pair.shape);
  if (index === undefined) return [];
  if (third === "where") return SIDE_KEYS;
  if (third === "map") return inner === undefined ? Object.keys(tableMap.shape) : SIDE_KEYS;
  if (third === "rules") return Object.keys(rule.shape);
  return Object.keys(third === "references" ? reference.shape : tableOption.shape);
}
