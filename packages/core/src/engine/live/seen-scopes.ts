import { foldName } from "../../sqlite/identifier.ts";
import type { Seen } from "../facilities.ts";

/** Which tables a run is about, as a key; `""`: all. */
export type Scope = string;

/** The scope of a run of these tables; `null`: all of them. */
export function scopeOf(tables: readonly string[] | null): Scope {
  return tables === null ? "" : JSON.stringify(tables.map(foldName).toSorted());
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
