import { foldName } from "../../sqlite/identifier.ts";
import type { ViewOptions } from "../../sqlite/projection/view-options.ts";
import type { Direction } from "@sync/model";
import type { Seen } from "../facilities.ts";
import type { Pair } from "../options.ts";

/** What a run is about, as a key; `""`: everything. */
export type Scope = string;

/** What narrows a run, by the caller's names for the sides. */
export interface Scoped {
  readonly pair: Pair;
  readonly tables: readonly string[] | null;
  readonly view: ViewOptions;
  readonly direction: Direction;
}

/** The scope of a run: its tables, how they are seen, and what is carried over. */
export function scopeOf({ pair, tables, view, direction }: Scoped): Scope {
  const isWhole = Object.keys(view).length === 0 && direction === "two-way";
  if (isWhole && tables === null) return "";
  const names = tables === null ? null : tables.map(foldName).toSorted();
  return JSON.stringify(isWhole ? names : [names, view, direction, pair.a < pair.b]);
}

/**
 * What runs of different tables saw. One of some tables says nothing about the others, or a change
 * there would be missed; one of all tables speaks for each.
 */
export class SeenScopes {
  readonly #seen = new Map<Scope, Seen>();

  /** Notes what a run saw that ended well. */
  note(scope: Scope, seen: Seen): void {
    if (scope === "") this.#seen.clear();
    this.#seen.set(scope, seen);
  }

  /** What was last seen of these tables; `null`: nothing. */
  of(scope: Scope): Seen | null {
    return this.#seen.get(scope) ?? this.#seen.get("") ?? null;
  }

  covers(scope: Scope): boolean {
    return this.of(scope) !== null;
  }

  /** All that was seen. */
  all(): readonly Seen[] {
    return [...this.#seen.values()];
  }
}
