import type { TableSync, WriteCounts } from "@sync/model";
import type { Maybe } from "@sync/testkit";
import { isSame } from "@sync/testkit";
import { listDifferences } from "./compare.ts";
import type { Fate, Settled } from "../model/settle.ts";
import type { Side } from "../scenario.ts";
import type { Invariant, RunView } from "./run-view.ts";

/** The report counts what was done, each row once; a dry run says what a real one would (§3.4). */
export const isReportRight: Invariant = {
  name: "report",
  check: (run) => {
    const { step, report, settled, expected, mayRefuse, next } = run;
    // Of a dry run no rows can be seen: where the rule leaves something open, any report is right.
    if (step.dryRun === true && (mayRefuse || isOpen(run))) return [];
    const swapped = step.swapped === true;
    const inbox = step.dryRun === true ? countFates(settled, null).parked : next.inbox.length;
    const wanted = expected.tables.map(({ table }) => expectTable(settled, table.name, swapped));
    const tables = byName(wanted).map((table) => JSON.stringify(table));
    return [
      ...differences("firstRun", expected.firstRun, report.firstRun),
      ...differences("dryRun", step.dryRun === true, report.dryRun),
      ...differences("parked", inbox, report.conflicts.parked),
      ...differences("resolved", countFates(settled, null).resolved, report.conflicts.resolved),
      ...listDifferences(
        tables,
        byName(report.tables).map((table) => JSON.stringify(table)),
      ),
    ];
  },
};

/** The policy hears of every conflict once, and not again of one that it left alone (§6). */
export const isPolicyAskedRightly: Invariant = {
  name: "questions",
  check: (run) => {
    const { asked, step, expected } = run;
    if (asked === null || step.dryRun === true) return [];
    return expected.tables.flatMap(({ table }) => {
      const [least, most] = questions(run, table.name);
      const found = asked.get(table.name) ?? 0;
      if (found >= least && found <= most) return [];
      return [`${table.name}: the policy was asked ${found} times instead of ${least} to ${most}`];
    });
  },
};

function isOpen({ settled }: RunView): boolean {
  return settled.rows.some(({ expected }) => expected.verdict.results.length > 1);
}

function differences(what: string, expected: unknown, found: unknown): string[] {
  const [one, other] = [JSON.stringify(expected), JSON.stringify(found)];
  return one === other ? [] : [`${what} should be ${one}, is ${other}`];
}

function byName(tables: readonly TableSync[]): TableSync[] {
  return tables
    .map(({ table, toA, toB, conflicts, ...counts }) => ({
      table,
      toA: writeCounts(toA),
      toB: writeCounts(toB),
      copied: counts.copied,
      agreed: counts.agreed,
      merged: counts.merged,
      filtered: counts.filtered,
      held: counts.held,
      conflicts: { resolved: conflicts.resolved, parked: conflicts.parked },
    }))
    .toSorted((x, y) => (x.table < y.table ? -1 : 1));
}

function writeCounts({ inserted, updated, deleted }: WriteCounts): WriteCounts {
  return { inserted, updated, deleted };
}

function expectTable(settled: Settled, table: string, swapped: boolean): TableSync {
  const { resolved, parked, copied, agreed, merged } = countFates(settled, table);
  const [toA, toB] = [countWrites(settled, table, "a"), countWrites(settled, table, "b")];
  return {
    table,
    toA: swapped ? toB : toA,
    toB: swapped ? toA : toB,
    copied,
    agreed,
    merged,
    filtered: 0,
    held: 0,
    conflicts: { resolved, parked },
  };
}

function countFates({ rows, counts }: Settled, table: string | null): Record<Fate, number> {
  const fates = [...rows, ...counts]
    .filter((one) => table === null || one.table.name === table)
    .map(({ fate }) => fate);
  const count = (wanted: Fate): number => fates.filter((fate) => fate === wanted).length;
  return {
    unchanged: count("unchanged"),
    copied: count("copied"),
    agreed: count("agreed"),
    merged: count("merged"),
    resolved: count("resolved"),
    parked: count("parked"),
    held: count("held"),
  };
}

function countWrites({ rows, counts }: Settled, table: string, side: Side): WriteCounts {
  const writes = { inserted: 0, updated: 0, deleted: 0 };
  for (const { table: own, expected, fate, result } of rows) {
    if (own.name !== table || fate === "parked") continue;
    const kind = writeKind(expected.before[side], result);
    if (kind !== null) writes[kind] += 1;
  }
  for (const { table: own, expected, fate } of counts) {
    if (own.name !== table || fate === "parked") continue;
    const added = expected.after - expected.before[side];
    if (added > 0) writes.inserted += added;
    else writes.deleted -= added;
  }
  return writes;
}

function writeKind(before: Maybe, after: Maybe): keyof WriteCounts | null {
  if (isSame(before, after)) return null;
  if (before === null) return "inserted";
  return after === null ? "deleted" : "updated";
}

/** How often the policy must be asked about a table, at least and at most. */
function questions(
  { settled, expected, step, mayRefuse }: RunView,
  table: string,
): [number, number] {
  const conflicts = settled.rows.filter(
    (row) => row.table.name === table && row.expected.verdict.conflict !== null,
  );
  const waiting = new Map(
    expected.model.inbox
      .filter((entry) => entry.table === table && !entry.isCounted)
      .map((entry) => [entry.row, entry]),
  );
  const isAsLeft = ({ expected: row }: (typeof conflicts)[number]): boolean => {
    const entry = waiting.get(row.identity);
    if (entry === undefined || entry.policy !== step.policy) return false;
    const { base, a, b } = entry.images;
    return isSame(base, row.before.base) && isSame(a, row.before.a) && isSame(b, row.before.b);
  };
  const left = conflicts.filter(isAsLeft);
  const unsure = left.filter(({ expected: row }) => waiting.get(row.identity)?.isUnsure === true);
  const least = conflicts.length - left.length;
  // Broken constraints are put to the policy as well: which, a model of rows does not say.
  return [least, mayRefuse ? Infinity : least + unsure.length];
}
