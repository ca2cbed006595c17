import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { TableDiff } from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { comparedTable } from "../sqlite/diff/compared.ts";
import type { Compared } from "../sqlite/diff/compared.ts";
import { findDifferences } from "../sqlite/diff/find-differences.ts";
import { toSyncError } from "../sqlite/errors.ts";
import { findDatabase, refuseSameFile } from "../sqlite/files.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import type { Pace } from "../sqlite/slices.ts";
import { chooseTables } from "./choose-tables.ts";
import type { CallOptions, Pair } from "./options.ts";

/** What a comparison may take. */
export interface DiffOptions extends CallOptions {
  /** How long to wait for another process's lock, in milliseconds. Default 5000. */
  readonly busyTimeoutMs?: number;
}

/** A pair that was compared and is still open, its differences noted in temporary tables. */
export interface Comparison {
  readonly db: Database.Database;
  readonly schema: Schema;
  readonly tables: readonly Compared[];
  readonly diffs: readonly TableDiff[];
  close(): void;
}

/**
 * Opens a pair for reading only and compares its chosen tables, both sides as they were at one moment
 * each. The caller closes it; until then a database in rollback mode lets nobody else commit.
 */
export function compare(pair: Pair, options: DiffOptions): Comparison {
  const files = {
    a: findDatabase(pair.a, { write: false }),
    b: findDatabase(pair.b, { write: false }),
  };
  refuseSameFile(files.a, files.b);
  const db = openAttached(files, true, options.busyTimeoutMs ?? 5000);
  try {
    db.exec("BEGIN");
    const [schema, schemaB] = [readSchema(db, "a"), readSchema(db, "b")];
    const tables = chooseTables(schema, schemaB, options.tables).tables.map(comparedTable);
    const pace = readingPace(options);
    const diffs = tables.map((compared) => findDifferences(db, compared, pace));
    return { db, schema, tables, diffs, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw toSyncError(error, `${pair.a} or ${pair.b}`);
  }
}

/** @throws SyncError SYNC_CANCELLED once the caller's signal is aborted */
export function throwIfCancelled({ signal }: CallOptions): void {
  if (signal?.aborted !== true) return;
  throw new SyncError("SYNC_CANCELLED", "The comparison was cancelled.", { cause: signal.reason });
}

function readingPace(options: CallOptions): Pace {
  return {
    phase: "read",
    onProgress: (progress) => options.onProgress?.(progress),
    throwIfCancelled: () => throwIfCancelled(options),
  };
}
