import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import type { ScanReport, TableDiff } from "@sync/model";
import { openAttached } from "../sqlite/connection.ts";
import { comparedTable } from "../sqlite/diff/compared.ts";
import type { Compared } from "../sqlite/diff/compared.ts";
import { findDifferences, findDifferencesAmong } from "../sqlite/diff/find-differences.ts";
import { findCandidates, scanReport } from "../sqlite/diff/find-candidates.ts";
import type { PageFindings } from "../sqlite/diff/find-candidates.ts";
import type { BothSchemas } from "../sqlite/diff/plan-scan.ts";
import { fileIdentity, findDatabase, refuseSameFile } from "../sqlite/files.ts";
import type { DatabaseFile } from "../sqlite/files.ts";
import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import { commonTable } from "../sqlite/projection/common-table.ts";
import { bothTables } from "../sqlite/projection/views.ts";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import type { Pace } from "../sqlite/slices.ts";
import { chooseTables } from "./choose-tables.ts";
import { seePair, WRITES_NOTHING } from "./see-pair.ts";
import type { CallOptions, Pair } from "./options.ts";

/** What a comparison may take. */
export interface DiffOptions extends CallOptions {
  /** How long to wait for another process's lock, in milliseconds. Default 5000. */
  readonly busyTimeoutMs?: number;
  /** Finds the rows that may differ by reading pages, in another process. Without it every row is compared. */
  readonly scanPages?: ScanPages;
}

/** A pair that was compared and is still open, its differences noted in temporary tables. */
export interface Comparison {
  readonly db: Database.Database;
  readonly schema: Schema;
  readonly tables: readonly Compared[];
  readonly diffs: readonly TableDiff[];
  readonly scan: ScanReport;
  readonly files: readonly DatabaseFile[];
  close(): void;
}

/**
 * Opens a pair for reading only and compares its chosen tables, both sides as they were at one moment
 * each. The caller closes it; until then a database in rollback mode lets nobody else commit.
 */
export async function compare(pair: Pair, options: DiffOptions): Promise<Comparison> {
  const files = {
    a: findDatabase(pair.a, { write: false }),
    b: findDatabase(pair.b, { write: false }),
  };
  refuseSameFile(files.a, files.b);
  const identities = { a: fileIdentity(files.a.path), b: fileIdentity(files.b.path) };
  const db = openAttached(files, true, options.busyTimeoutMs ?? 5000);
  try {
    db.exec("BEGIN");
    const view = readView(db, options);
    const { scanPages } = options;
    const found =
      scanPages === undefined
        ? null
        : await findCandidates(db, { ...view, files, identities, scanPages });
    // After somebody else's commit, the transaction is a new one, and may see other tables.
    const { schemas, tables } = found?.isRenewed === true ? readView(db, options) : view;
    const pace = readingPace(options);
    const diffs = tables.map((compared) => diffTable(db, compared, found, pace));
    const scan = scanReport(found);
    const close = (): void => void db.close();
    return { db, schema: schemas.a, tables, diffs, scan, files: [files.a, files.b], close };
  } catch (error) {
    db.close();
    throw await blamed(error, [files.a, files.b]);
  }
}

/** The error as it is told. What finds out whose fault it is, is loaded where something failed. */
export async function blamed(error: unknown, files: readonly DatabaseFile[]): Promise<SyncError> {
  const { blame } = await import("./blame.ts");
  return blame(error, { files, location: null });
}

/** What a read transaction shows. */
interface View {
  readonly schemas: BothSchemas;
  readonly tables: readonly Compared[];
}

function readView(db: Database.Database, options: DiffOptions): View {
  const schemas = { a: readSchema(db, "a"), b: readSchema(db, "b") };
  const view = options.view ?? {};
  const seen = seePair(db, schemas, { view, swapped: false, writes: WRITES_NOTHING });
  const { tables } = chooseTables(seen, { ...options, exclude: view.exclude ?? [] });
  const compared = tables.flatMap((table) => {
    const both = bothTables(seen, table.name);
    return both === null ? [] : [comparedTable(commonTable(seen, table), both)];
  });
  return { schemas, tables: compared };
}

function diffTable(
  db: Database.Database,
  compared: Compared,
  found: PageFindings | null,
  pace: Pace,
): TableDiff {
  const among = found?.tables.get(compared.table.name);
  if (among?.type !== "found") return findDifferences(db, compared, pace);
  const { rowsInA } = among.candidates;
  pace.throwIfCancelled();
  pace.onProgress({
    phase: pace.phase,
    table: compared.table.name,
    done: rowsInA,
    total: rowsInA,
  });
  return findDifferencesAmong(db, compared, among);
}

/** @throws SyncError SYNC_CANCELLED once the caller's signal is aborted */
export function throwIfCancelled({ signal }: Pick<CallOptions, "signal">): void {
  if (signal?.aborted !== true) return;
  throw new SyncError("SYNC_CANCELLED", "The comparison was cancelled.", { cause: signal.reason });
}

function readingPace(options: DiffOptions): Pace {
  return {
    phase: "read",
    onProgress: (progress) => options.onProgress?.(progress),
    throwIfCancelled: () => throwIfCancelled(options),
  };
}
