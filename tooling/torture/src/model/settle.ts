import { contentOf, isSame } from "@sync/testkit";
import type {
  Content,
  DatabaseDump,
  ExpectedCount,
  ExpectedRow,
  ExpectedTable,
  Maybe,
  TableDescription,
} from "@sync/testkit";
import type { Side } from "../scenario.ts";

/** What became of a row: one of the words of DESIGN §3.4. */
export type Fate = ExpectedRow["verdict"]["type"];

export interface SettledRow {
  readonly table: TableDescription;
  readonly expected: ExpectedRow;
  readonly fate: Fate;
  /** On both sides; for a parked row each side keeps its own. */
  readonly result: Maybe;
  /** It would have broken a constraint, and was parked or decided for that. */
  readonly isRefused: boolean;
}

export interface SettledCount {
  readonly table: TableDescription;
  readonly expected: ExpectedCount;
  readonly fate: Fate;
}

export interface Settled {
  readonly tables: readonly TableDescription[];
  readonly rows: readonly SettledRow[];
  readonly counts: readonly SettledCount[];
  /** What was seen and the rule does not allow, in words. */
  readonly unexplained: readonly string[];
}

/** What was seen after the run; `null`: a dry run, take what is expected. */
export type Found = Readonly<Record<Side, DatabaseDump>> | null;

/**
 * The rule's outcome breaks a constraint, so that a changed row may have been left alone, or the policy asked
 * about it. `rather`: where that explains a row as well as the rule does, it is what happened.
 */
export type MayRefuse = boolean | "rather";

/**
 * Whether a row waits, as far as can be seen. Asked only of rows that both sides made alike while `mayRefuse`:
 * where they point at a key that was handed out twice they may be two (§6), and nothing else tells them
 * from rows that were agreed on.
 */
export type Waits = (table: string, row: NonNullable<Maybe>) => boolean;

/** Holds what was seen against the rule, row by row. */
export function settle(
  tables: readonly ExpectedTable[],
  found: Found,
  mayRefuse: MayRefuse,
  waits: Waits = () => false,
): Settled {
  const parts = tables.map((expected) => settleTable(expected, { found, mayRefuse, waits }));
  return {
    tables: tables.map(({ table }) => table),
    rows: parts.flatMap(({ rows }) => rows),
    counts: parts.flatMap(({ counts }) => counts),
    unexplained: parts.flatMap(({ unexplained }) => unexplained),
  };
}

interface Seen {
  readonly found: Found;
  readonly mayRefuse: MayRefuse;
  readonly waits: Waits;
}

function settleTable(
  expected: ExpectedTable,
  { found, mayRefuse, waits }: Seen,
): Omit<Settled, "tables"> {
  const { table } = expected;
  const unexplained: string[] = [];
  const after =
    found === null
      ? null
      : {
          a: contentOf(table, found.a[table.name] ?? []),
          b: contentOf(table, found.b[table.name] ?? []),
        };
  const canRefuse = table.constrained ? mayRefuse : false;
  const rows = expected.rows.map((row): SettledRow => {
    const settled =
      canRefuse !== false && isMadeAlike(row) && waits(table.name, row.before.a ?? {})
        ? { fate: "parked" as const, result: null, isRefused: true }
        : settleRow(row, after, canRefuse);
    if (settled === null) unexplained.push(rowText(table, row, after));
    return { table, expected: row, ...(settled ?? likeExpected(row)) };
  });
  const counts = expected.counts.map((count): SettledCount => {
    const fate = settleCount(count, after, canRefuse);
    if (fate === null) unexplained.push(countText(table, count, after));
    return { table, expected: count, fate: fate ?? "unchanged" };
  });
  return { rows, counts, unexplained: [...unexplained, ...invented(expected, after)] };
}

function isMadeAlike({ before, verdict }: ExpectedRow): boolean {
  return verdict.type === "agreed" && before.base === null && before.a !== null;
}

type After = Readonly<Record<Side, Content>> | null;
type RowFate = Pick<SettledRow, "fate" | "result" | "isRefused">;

function likeExpected({ verdict }: ExpectedRow): RowFate {
  return { fate: verdict.type, result: verdict.results[0] ?? null, isRefused: false };
}

function settleRow(row: ExpectedRow, after: After, canRefuse: MayRefuse): RowFate | null {
  if (after === null) return likeExpected(row);
  const { identity, before, verdict } = row;
  const a = after.a.rows.get(identity) ?? null;
  const b = after.b.rows.get(identity) ?? null;
  const isUntouched = isSame(a, before.a) && isSame(b, before.b);
  if (verdict.type === "parked") return isUntouched ? likeExpected(row) : null;
  const result = verdict.results.find((one) => isSame(a, one) && isSame(b, one));
  const taken = row.ifBroken.find((one) => isSame(a, one) && isSame(b, one));
  const isTakenRather = canRefuse === "rather" && taken !== undefined && verdict.type === "merged";
  if (result !== undefined && !isTakenRather) {
    return { fate: verdict.type, result, isRefused: false };
  }
  if (canRefuse === false) return null;
  if (taken !== undefined) return { fate: "resolved", result: taken, isRefused: true };
  return isUntouched ? { fate: "parked", result: null, isRefused: true } : null;
}

function settleCount(count: ExpectedCount, after: After, canRefuse: MayRefuse): Fate | null {
  const { content, before } = count;
  const fate = fateOfCount(count);
  if (after === null) return fate;
  const a = after.a.counts.get(content) ?? 0;
  const b = after.b.counts.get(content) ?? 0;
  if (a === count.after && b === count.after) return fate;
  return canRefuse !== false && a === before.a && b === before.b ? "parked" : null;
}

function fateOfCount({ before: { base, a, b } }: ExpectedCount): Fate {
  if (a === b) return a === base ? "unchanged" : "agreed";
  return a === base || b === base ? "copied" : "merged";
}

/** Rows that stood nowhere before. */
function invented({ table, rows, counts }: ExpectedTable, after: After): string[] {
  if (after === null) return [];
  const identities = new Set(rows.map(({ identity }) => identity));
  const contents = new Set(counts.map(({ content }) => content));
  return (["a", "b"] as const).flatMap((side) =>
    [
      ...[...after[side].rows.keys()].filter((identity) => !identities.has(identity)),
      ...[...after[side].counts.keys()].filter((content) => !contents.has(content)),
    ].map((row) => `${table.name}: side ${side} has a row ${row} that was nowhere before`),
  );
}

function rowText(table: TableDescription, row: ExpectedRow, after: After): string {
  const { identity, before, verdict } = row;
  const found = {
    a: after?.a.rows.get(identity) ?? null,
    b: after?.b.rows.get(identity) ?? null,
  };
  return `${table.name}: row ${identity} should be ${verdict.type}: ${JSON.stringify({ before, allowed: verdict.results, found })}`;
}

function countText(table: TableDescription, count: ExpectedCount, after: After): string {
  const found = {
    a: after?.a.counts.get(count.content) ?? 0,
    b: after?.b.counts.get(count.content) ?? 0,
  };
  return `${table.name}: counts should be ${count.after} on both sides: ${JSON.stringify({ ...count, found })}`;
}
