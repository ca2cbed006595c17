import type Database from "better-sqlite3";
import { checkFilters } from "../sqlite/projection/check-filters.ts";
import { projectPair } from "../sqlite/projection/project-pair.ts";
import type { SeenPair, WrittenSides } from "../sqlite/projection/projection.ts";
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
    swapped ? { a: both.b, b: both.a } : { ...both };
  const seen = turned(projectPair(turned(schemas), view, turned(writes)));
  checkFilters(db, seen, swapped);
  createAllViews(db, seen);
  return seen;
}
