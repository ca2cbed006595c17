import { contentOf, isSame } from "@sync/testkit";
import type { Maybe, TableDescription } from "@sync/testkit";
import { rowText } from "../invariants/compare.ts";
import type { SidesView } from "../observe/sides.ts";
import type { StateView } from "../observe/state.ts";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";

/** A pair whose users went on between an interruption and the next run. */
export interface Between {
  readonly tables: readonly TableDescription[];
  /** After the blow, before the edits; after them; after the next run. */
  readonly found: SidesView;
  readonly edited: SidesView;
  readonly recovered: SidesView;
  /** What the run found, and what it would have left, had nobody interrupted it. */
  readonly before: SidesView;
  readonly planned: SidesView;
  readonly state: StateView;
}

/**
 * Two readings may be possible of what was edited meanwhile (§3.6), so that the outcome is not said row by
 * row. What holds of any: sides differ only in rows that wait, and no edit is lost without a trace.
 */
export function judgeBetween(between: Between): string[] {
  return between.tables.flatMap((table) => [
    ...differingRows(between, table),
    ...lostEdits(between, table),
  ]);
}

type Rows = ReadonlyMap<string, NonNullable<Maybe>>;

function rowsOf(view: SidesView, side: Side, table: TableDescription): Rows {
  return contentOf(table, view[side].dump[table.name] ?? []).rows;
}

/** Rows in which the sides differ though nothing says that they wait. */
export function differingRows(
  { recovered, state }: Pick<Between, "recovered" | "state">,
  table: TableDescription,
): string[] {
  const [a, b] = [rowsOf(recovered, "a", table), rowsOf(recovered, "b", table)];
  const waiting = state.inbox.filter((entry) => entry.table === table.name);
  const waits = (row: Maybe, side: Side): boolean =>
    waiting.some(
      ({ images }) => images[side] !== null && row !== null && isSame(images[side], row),
    );
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((identity) => {
    const [x, y] = [a.get(identity) ?? null, b.get(identity) ?? null];
    if (isSame(x, y) || waits(x, "a") || waits(y, "b")) return [];
    return [`${table.name}: row ${identity} differs, and does not wait`];
  });
}

function lostEdits(between: Between, table: TableDescription): string[] {
  const { found, edited, state } = between;
  return SIDES.flatMap((side) => {
    const [before, after] = [rowsOf(found, side, table), rowsOf(edited, side, table)];
    const planned = rowsOf(between.planned, side, table);
    const unwritten = rowsOf(between.before, side, table);
    return [...after].flatMap(([identity, row]) => {
      // Who writes exactly what the run was about to write cannot be told from it, and who puts back what it
      // wrote over not from one that did not get there (DESIGN §7).
      const byRun = [planned, unwritten].map((rows) => rows.get(identity) ?? null);
      if (byRun.some((one) => isSame(one, row))) return [];
      const was = before.get(identity) ?? null;
      if (isSame(was, row) || stands(between, table, { identity, row, was })) return [];
      const isNoted = state.ledger.some(
        (entry) => entry.table === table.name && entry.row !== null && isSame(entry.row, row),
      );
      return isNoted
        ? []
        : [`${table.name}: side ${side}'s edit ${rowText(row)} is gone without a trace`];
    });
  });
}

interface Edited {
  readonly identity: string;
  readonly row: NonNullable<Maybe>;
  readonly was: Maybe;
}

/** What was edited, column by column, stands on a side; the time of change follows the later one. */
function stands(
  { recovered }: Between,
  table: TableDescription,
  { identity, row, was }: Edited,
): boolean {
  const changed = table.columns.filter(
    (name) => name !== table.timestampColumn && row[name] !== was?.[name],
  );
  return SIDES.some((side) => {
    const now = rowsOf(recovered, side, table).get(identity);
    return now !== undefined && changed.every((name) => now[name] === row[name]);
  });
}
