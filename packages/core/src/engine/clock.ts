import { timestampFormat, timestampToMs } from "@sync/model";
import type { Side, SqlValue } from "@sync/model";
import { newestTimes } from "../sqlite/changed-times.ts";
import { isKeyed } from "../sqlite/plan-tables.ts";
import { SIDES } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { calledSide } from "./called-side.ts";
import type { Workspace } from "./workspace.ts";

/** Something about a table's timestamps that a person should know. */
export interface ClockSkew {
  readonly table: string;
  readonly reason: string;
  /** The table's timestamps must not decide in this run; else only those that are odd themselves do not. */
  readonly blocks: boolean;
}

/** Why a table's timestamps must not decide, by table. */
export function blockedTables(skews: readonly ClockSkew[]): ReadonlyMap<string, string> {
  return new Map(skews.filter(({ blocks }) => blocks).map(({ table, reason }) => [table, reason]));
}

/** As the policies that go by time allow. */
const ALLOWED_MS = 5 * 60_000;

/**
 * A laptop may have been offline for weeks; a clock that fell back to its maker's date is years off. Past
 * this the older side would lose every conflict without anybody having meant it.
 */
const FAR_APART_MS = 30 * 24 * 60 * 60_000;

const DAY_MS = 24 * 60 * 60_000;

/**
 * Looks at the times of the rows that each side changed: some in the future, the newest of the two sides far
 * apart, more than one format in a column. Clocks never decide what changed (DESIGN §3.10); this is
 * about who may win. Reads the plan and the images only.
 */
export function findClockSkew(space: Workspace): ClockSkew[] {
  return space.shapes.filter(isKeyed).flatMap((shape) => {
    const { timestamp } = shape.rules;
    return timestamp === null ? [] : skewsOf(space, shape, timestamp);
  });
}

function skewsOf(space: Workspace, shape: Shape, column: string): ClockSkew[] {
  const values = { a: timesOf(space, shape, "a"), b: timesOf(space, shape, "b") };
  const newest = { a: newestMs(values.a), b: newestMs(values.b) };
  const about = (reason: string, blocks: boolean): ClockSkew => ({
    table: shape.table.name,
    reason,
    blocks,
  });
  const latestMs = space.run.startedMs + ALLOWED_MS;
  const ahead = (["a", "b"] as const).filter((side) => (newest[side] ?? 0) > latestMs);
  const found = ahead.map((side) =>
    about(
      `\`${column}\` on side ${calledSide(space, side)} lies in the future: check the clocks`,
      false,
    ),
  );
  const apartMs = newest.a === null || newest.b === null ? 0 : Math.abs(newest.a - newest.b);
  if (apartMs > FAR_APART_MS) {
    const days = Math.floor(apartMs / DAY_MS);
    const reason = `the newest times in \`${column}\` on the two sides lie ${days} days apart: check the clocks`;
    found.push(about(reason, true));
  }
  const formats = new Set([...values.a, ...values.b].map((value) => timestampFormat(value)));
  formats.delete(null);
  if (formats.size > 1) {
    const reason = `\`${column}\` holds times in ${formats.size} formats: ${[...formats].join(", ")}`;
    found.push(about(reason, false));
  }
  return found;
}

function timesOf({ db }: Workspace, shape: Shape, side: Side): SqlValue[] {
  const names = SIDES.find((one) => one.side === side);
  const column = shape.rules.timestamp;
  return names === undefined || column === null ? [] : newestTimes(db, shape, names, column);
}

function newestMs(values: readonly SqlValue[]): number | null {
  const times = values.map((value) => timestampToMs(value)).filter((ms) => ms !== null);
  return times.length === 0 ? null : Math.max(...times);
}
