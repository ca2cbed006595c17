import { isSame } from "@sync/testkit";
import type { Content, Maybe } from "@sync/testkit";
import type { PolicyName } from "../policies.ts";
import { SIDES } from "../scenario.ts";
import type { FormerRow, InboxEntry, LedgerEntry, PairModel } from "./pair-model.ts";
import type { Settled, SettledCount, SettledRow } from "./settle.ts";

/** What is remembered after a run that took effect. */
export function advance(model: PairModel, settled: Settled, policy: PolicyName): PairModel {
  const chosen = new Set(settled.tables.map(({ name }) => name));
  return {
    base: nextBase(model, settled),
    inbox: [
      ...model.inbox.filter(({ table }) => !chosen.has(table)),
      ...settled.rows.flatMap((row) => parkedRow(row, policy)),
      ...settled.counts.flatMap(parkedCount),
    ],
    ledger: [...model.ledger, ...settled.rows.flatMap(lostValues)],
    former: nextFormer(model.former, settled.rows),
  };
}

/** Every table of the run has a base now: what was settled, and of parked rows what was there before. */
function nextBase(model: PairModel, { tables, rows, counts }: Settled): Map<string, Content> {
  const base = new Map(
    [...model.base].map(([name, content]) => [
      name,
      { rows: new Map(content.rows), counts: new Map(content.counts) },
    ]),
  );
  const of = (
    name: string,
  ): { rows: Map<string, NonNullable<Maybe>>; counts: Map<string, number> } => {
    const found = base.get(name) ?? { rows: new Map(), counts: new Map() };
    base.set(name, found);
    return found;
  };
  for (const { name } of tables) of(name);
  for (const { table, expected, fate, result } of rows) {
    const known = of(table.name).rows;
    if (fate === "parked") continue;
    if (result === null) known.delete(expected.identity);
    else known.set(expected.identity, result);
  }
  for (const { table, expected, fate } of counts) {
    const known = of(table.name).counts;
    if (fate === "parked") continue;
    if (expected.after === 0) known.delete(expected.content);
    else known.set(expected.content, expected.after);
  }
  return base;
}

function parkedRow(
  { table, expected, fate, isRefused }: SettledRow,
  policy: PolicyName,
): InboxEntry[] {
  if (fate !== "parked") return [];
  return [
    {
      table: table.name,
      row: expected.identity,
      isCounted: false,
      kind: isRefused ? "constraint" : (expected.verdict.conflict ?? "constraint"),
      images: expected.before,
      policy: isRefused ? null : policy,
    },
  ];
}

function parkedCount({ table, expected, fate }: SettledCount): InboxEntry[] {
  if (fate !== "parked") return [];
  // Our own JSON, made from a row.
  const row = JSON.parse(expected.content) as NonNullable<Maybe>;
  const image = (count: number): Maybe => (count > 0 ? row : null);
  const { base, a, b } = expected.before;
  return [
    {
      table: table.name,
      row: expected.content,
      isCounted: true,
      kind: "constraint",
      images: { base: image(base), a: image(a), b: image(b) },
      policy: null,
    },
  ];
}

function lostValues({ table, expected, fate, result, isRefused }: SettledRow): LedgerEntry[] {
  if (fate !== "resolved") return [];
  const { before, verdict } = expected;
  const lost = isRefused
    ? SIDES.filter((side) => before[side] !== null && !isSame(before[side], result))
    : verdict.lost;
  // A deletion that lost is no value, and yet a person may want it back.
  const deletions = SIDES.filter(
    (side) => before.base !== null && before[side] === null && result !== null,
  );
  return [...lost, ...deletions].map((side) => ({ table: table.name, side, row: before[side] }));
}

/** The newest former value of each row on each side. */
function nextFormer(former: readonly FormerRow[], rows: readonly SettledRow[]): FormerRow[] {
  const key = ({ table, side, identity }: FormerRow): string =>
    JSON.stringify([table, side, identity]);
  const newest = new Map(former.map((entry) => [key(entry), entry]));
  for (const { table, expected, fate, result } of rows) {
    if (fate === "parked" || fate === "unchanged" || fate === "agreed") continue;
    for (const side of SIDES) {
      const row = expected.before[side];
      if (isSame(row, result)) continue;
      const entry = { table: table.name, side, identity: expected.identity, row };
      newest.set(key(entry), entry);
    }
  }
  return [...newest.values()];
}
