import type Database from "better-sqlite3";
import type { ScanReport } from "@sync/model";
import { fileIdentity } from "../files.ts";
import type { DatabaseFile } from "../files.ts";
import type { ScanPages } from "../pages/page-scanner.ts";
import type { ScanAnswer, TableAnswer } from "../pages/scan-request.ts";
import type { FoundCandidates } from "./candidate-tables.ts";
import type { Compared } from "./compared.ts";
import { planTableScan } from "./plan-scan.ts";
import type { BothSchemas, TableScan } from "./plan-scan.ts";

/** What to scan: two databases on which `db` has a read transaction, begun by reading their schemas. */
export interface ScanTask {
  readonly tables: readonly Compared[];
  readonly schemas: BothSchemas;
  readonly files: Readonly<Record<"a" | "b", DatabaseFile>>;
  /** Which files they were before they were opened. */
  readonly identities: Readonly<Record<"a" | "b", string>>;
  readonly scanPages: ScanPages;
}

/** What the pages told. */
export interface PageFindings {
  readonly pages: number;
  /** By the table's name in `a`. */
  readonly tables: ReadonlyMap<string, TableFinding>;
  /** Why the pages told nothing at all, if so. */
  readonly reason: string | null;
  /** The read transaction is not the same one any more: read the schemas again. */
  readonly isRenewed: boolean;
}

export type TableFinding =
  | ({ readonly type: "found" } & FoundCandidates)
  | { readonly type: "not-known"; readonly reason: string };

/**
 * Finds the rows that may differ by having the pages of both files read. `db` keeps its read transaction
 * meanwhile: what the scan reads is not overwritten. In rollback mode nobody else can commit either; in WAL
 * mode they can, so that the transaction is begun again afterwards, and only if nobody committed in between
 * what was scanned is what the transaction shows.
 */
export async function findCandidates(db: Database.Database, task: ScanTask): Promise<PageFindings> {
  const scans = new Map(
    task.tables.map(
      (compared) => [compared.table.name, planTableScan(db, compared, task.schemas)] as const,
    ),
  );
  const wanted = [...scans].flatMap(([name, scan]) =>
    scan.type === "pages" ? [{ name, scan }] : [],
  );
  if (wanted.length === 0) return nothingKnown("no table is stored alike on both sides", false);
  if (!isStillThere(task)) return nothingKnown("another file was put in its place", false);
  const versions = dataVersions(db);
  const { files, identities, scanPages } = task;
  const answer = await scanPages({
    a: { path: files.a.path, identity: identities.a },
    b: { path: files.b.path, identity: identities.b },
    tables: wanted.map(({ scan }) => scan.table),
  });
  const isRenewed = usesWal(db) && !isUnchangedWhenRenewed(db, versions);
  if (isRenewed) return nothingKnown("another program wrote meanwhile", true);
  if (answer.type === "not-known") return nothingKnown(answer.reason, false);
  return { ...findingsOf(scans, answer), isRenewed: false, reason: null };
}

/** For `--json`: which way it was, and what stood against the faster one. */
export function scanReport(found: PageFindings | null): ScanReport {
  const full = { method: "full", pages: 0, candidates: 0 } as const;
  if (found === null) return { ...full, notKnown: [] };
  if (found.reason !== null) return { ...full, notKnown: [{ table: null, reason: found.reason }] };
  const entries = [...found.tables];
  const candidates = entries.reduce(
    (sum, [, one]) =>
      one.type === "found" ? sum + one.candidates.a.count + one.candidates.b.count : sum,
    0,
  );
  const notKnown = entries.flatMap(([table, one]) =>
    one.type === "found" ? [] : [{ table, reason: one.reason }],
  );
  return { method: "pages", pages: found.pages, candidates, notKnown };
}

function nothingKnown(reason: string, isRenewed: boolean): PageFindings {
  return { pages: 0, tables: new Map(), reason, isRenewed };
}

function findingsOf(
  scans: ReadonlyMap<string, TableScan>,
  answer: Extract<ScanAnswer, { type: "scanned" }>,
): Pick<PageFindings, "pages" | "tables"> {
  const answers = answer.tables.values();
  const tables = new Map<string, TableFinding>();
  for (const [name, scan] of scans) {
    tables.set(name, scan.type === "pages" ? findingOf(scan, answers.next().value) : scan);
  }
  return { pages: answer.pages, tables };
}

function findingOf(
  scan: Extract<TableScan, { type: "pages" }>,
  answer: TableAnswer | undefined,
): TableFinding {
  if (answer === undefined) return { type: "not-known", reason: "there was no answer" };
  if (answer.type === "not-known") return answer;
  return { type: "found", scan, candidates: answer };
}

/** The files that are open are those that the paths lead to: the scan opens them by path. */
function isStillThere({ files, identities }: ScanTask): boolean {
  return (["a", "b"] as const).every((side) => fileIdentity(files[side].path) === identities[side]);
}

function usesWal(db: Database.Database): boolean {
  return ["a", "b"].some(
    (side) => String(db.pragma(`${side}.journal_mode`, { simple: true })) === "wal",
  );
}

function isUnchangedWhenRenewed(db: Database.Database, before: string): boolean {
  // A transaction begins for each database when it is first read (SQLITE_NOTES 5).
  db.exec(`COMMIT; BEGIN;
    SELECT count(*) FROM a.sqlite_schema; SELECT count(*) FROM b.sqlite_schema`);
  return dataVersions(db) === before;
}

/** Other connections' commits move these numbers, our own do not (SQLITE_NOTES 8). */
function dataVersions(db: Database.Database): string {
  return ["a", "b"]
    .map((side) => String(db.pragma(`${side}.data_version`, { simple: true })))
    .join(" ");
}
