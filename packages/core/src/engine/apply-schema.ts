import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { SchemaReport, Side } from "@sync/model";
import { openAlone } from "../sqlite/connection.ts";
import { isBusy, sqliteCode, toSyncError } from "../sqlite/errors.ts";
import { findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { AddingStep } from "../sqlite/schema/level/steps.ts";
import { readWholeSchema } from "../sqlite/schema/read-whole-schema.ts";
import type { SchemaDifference } from "../sqlite/schema/types.ts";
import { compareSides, reportOf, stepsOf } from "./schema.ts";
import type { SchemaComparison, SchemaOptions } from "./schema.ts";
import type { Pair } from "./options.ts";

/** Which side is levelled, and the copy that was made of it before. */
export interface ApplyOptions extends SchemaOptions {
  readonly side: Side;
  readonly backup: string | null;
}

/**
 * Creates on one side what it lacks and can be added: tables, columns, indexes, views, triggers. Nothing that
 * exists is dropped or changed. One transaction, compared with the other side again before it commits: if
 * anything is not as planned, it is rolled back and that is an error.
 *
 * @returns the comparison after it, with what was done
 * @throws SyncError SYNC_SCHEMA_MISMATCH where SQLite refuses a statement, or the result is not as planned;
 *   SYNC_LOCKED
 */
export function applySchema(pair: Pair, options: ApplyOptions): SchemaReport {
  const { side, busyTimeoutMs } = options;
  const target = findDatabase(pair[side], { write: true });
  const source = findDatabase(pair[side === "a" ? "b" : "a"], { write: false });
  refuseSameFile(target, source);
  const reader = openAlone(source, { readonly: true, busyTimeoutMs });
  try {
    const writer = openAlone(target, { readonly: false, busyTimeoutMs });
    try {
      return level({ pair, options, target, source, writer, reader });
    } finally {
      writer.close();
    }
  } finally {
    reader.close();
  }
}

interface Levelling {
  readonly pair: Pair;
  readonly options: ApplyOptions;
  readonly target: DatabaseFile;
  readonly source: DatabaseFile;
  readonly writer: Database.Database;
  readonly reader: Database.Database;
}

function level(work: Levelling): SchemaReport {
  const { pair, options, target, writer, reader } = work;
  try {
    reader.exec("BEGIN");
    writer.exec("BEGIN IMMEDIATE");
    const before = compareNow(work);
    const { adding, advice } = before.plans[options.side];
    const steps = stepsOf({ adding, advice }).filter(({ adds }) => adds);
    for (const step of adding) runStep(work, step);
    const after = compareNow(work);
    refuseSurprises(work, { before, after, adding });
    writer.exec("COMMIT");
    return reportOf(pair, after, { side: options.side, steps, backup: options.backup });
  } catch (error) {
    if (writer.inTransaction) writer.exec("ROLLBACK");
    throw toSyncError(error, target.given);
  }
}

function compareNow({ options, target, source, writer, reader }: Levelling): SchemaComparison {
  const read = (
    db: Database.Database,
    { given }: DatabaseFile,
  ): ReturnType<typeof readWholeSchema> => {
    try {
      return readWholeSchema(db, "main");
    } catch (error) {
      throw toSyncError(error, given);
    }
  };
  const [changed, other] = [read(writer, target), read(reader, source)];
  const sides = options.side === "a" ? { a: changed, b: other } : { a: other, b: changed };
  return compareSides(sides, options.tables);
}

/** `prepare` takes one statement only, whatever somebody put into the other file's schema. */
function runStep({ writer, target }: Levelling, { sql }: AddingStep): void {
  for (const statement of sql) {
    try {
      writer.prepare(statement).run();
    } catch (cause) {
      if (isBusy(cause) || /^SQLITE_(?:FULL|IOERR|CORRUPT|READONLY)/.test(sqliteCode(cause)))
        throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SyncError(
        "SYNC_SCHEMA_MISMATCH",
        `${target.given} does not take \`${statement}\`: ${reason}. Nothing was changed.`,
        {
          cause,
          next: "Mend the rows that are in the way, or choose other tables with `--table`.",
          details: { statement, reason },
        },
      );
    }
  }
}

/** What was promised is gone, and nothing has come that was not there before. */
function refuseSurprises(
  { target }: Levelling,
  {
    before,
    after,
    adding,
  }: {
    readonly before: SchemaComparison;
    readonly after: SchemaComparison;
    readonly adding: readonly AddingStep[];
  },
): void {
  const messages = (all: readonly SchemaDifference[]): Set<string> =>
    new Set(all.map(({ message }) => message));
  const known = messages(before.differences);
  const promised = messages(adding.flatMap(({ mends }) => mends));
  // What belongs to a table that has just been created was not told apart from it before.
  const isOfCreated = ({ table, onlyIn }: SchemaDifference): boolean =>
    onlyIn !== null &&
    adding.some((step) => /^create-(?:table|view)$/.test(step.type) && step.table === table);
  const wrong = after.differences.filter(
    (one) => promised.has(one.message) || (!known.has(one.message) && !isOfCreated(one)),
  );
  if (wrong.length === 0) return;
  const lines = wrong.map(({ message }) => `- ${message}`);
  throw new SyncError(
    "SYNC_SCHEMA_MISMATCH",
    `${target.given} would not have become what was planned, so nothing was changed:\n${lines.join("\n")}`,
    {
      next: "`dbsync schema A B` prints the statements: run those that you want by hand.",
      details: { differences: wrong },
    },
  );
}
