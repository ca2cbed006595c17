import type Database from "better-sqlite3";
import { checkFilters } from "../sqlite/projection/check-filters.ts";
import { differencesBeside, findDrift, withoutDrift } from "../sqlite/projection/drift.ts";
import { projectPair } from "../sqlite/projection/project-pair.ts";
import type { SeenPair, SeenSide, WrittenSides } from "../sqlite/projection/projection.ts";
import type { ViewOptions } from "../sqlite/projection/view-options.ts";
import { createAllViews } from "../sqlite/projection/views.ts";
import type { Schema } from "../sqlite/schema/types.ts";

/** How a pair is looked at: options and messages name sides as the caller does. */
export interface CalledView {
  readonly view: ViewOptions;
  /** The caller's `a` is `b` here. */
  readonly swapped: boolean;
  readonly writes: WrittenSides;
}

/** For those that only look. */
export const WRITES_NOTHING: WrittenSides = { a: false, b: false };

/** Sees the tables of both attached sides as those of the pair, and makes what is needed to read them so. */
export function seePair(
  db: Database.Database,
  schemas: Readonly<Record<"a" | "b", Schema>>,
  { view, swapped, writes }: CalledView,
): SeenPair {
  const turned = <Value>(both: Readonly<Record<"a" | "b", Value>>): Record<"a" | "b", Value> =>
    swapped ? { a: both.b, b: both.a } : { a: both.a, b: both.b };
  const called = seeCalled(turned(schemas), view, turned(writes));
  const seen: SeenPair = { ...called, ...turned(called) };
  checkFilters(db, seen, swapped);
  createAllViews(db, seen);
  return seen;
}

/** Where the pair is to go on with what both sides have, the rest is left out as the map would leave it out. */
function seeCalled(
  schemas: Readonly<Record<"a" | "b", Schema>>,
  view: ViewOptions,
  writes: WrittenSides,
): SeenPair {
  const whole = projectPair(schemas, view, writes);
  if (view.schemaDrift !== "common") return whole;
  const drift = findDrift(whole, writes);
  const common = projectPair(schemas, withoutDrift(view, drift), writes);
  const seen = { a: asMapped(common.a, whole.a), b: asMapped(common.b, whole.b) };
  return { ...seen, drift: { ...drift, differences: differencesBeside(whole, drift) } };
}

/** What is left out for now is nothing that somebody said about the table's names. */
function asMapped(side: SeenSide, whole: SeenSide): SeenSide {
  const projections = [...side.projections].map(([name, projection]) => {
    const mapping = whole.projections.get(name)?.mapping ?? null;
    return [name, Object.assign({ ...projection }, { mapping })] as const;
  });
  return { ...side, projections: new Map(projections) };
}
