import type { Policy } from "@sync/model";
import { namePattern } from "./name-pattern.ts";
import { createRoutedPolicy } from "./routed-policy.ts";
import type { Route } from "./routed-policy.ts";

/** What becomes of tables and columns that are not named. */
export interface CombinatorOptions {
  /** Decides what no pattern matches. */
  readonly fallback: Policy;
}

/**
 * A policy for each table, by name or glob; the first pattern that matches counts. A column rule
 * (`max`, `sum`, …) decides the columns of rows that both sides changed, everything else the fallback.
 *
 * @throws SyncError SYNC_USAGE when a pattern is empty
 */
export function perTable(
  policies: Readonly<Record<string, Policy>>,
  { fallback }: CombinatorOptions,
): Policy {
  return routed("per-table", policies, fallback, (pattern, policy) => ({
    table: namePattern(pattern),
    policy,
  }));
}

/**
 * A policy for each column, by name or glob; the first pattern that matches counts. The values come
 * together in one row; where one column parks, the whole row does. Conflicts about whole rows (two
 * inserts, an edit and a deletion, a broken constraint) go to the fallback, and so do other columns.
 *
 * @throws SyncError SYNC_USAGE when a pattern is empty
 */
export function perColumn(
  policies: Readonly<Record<string, Policy>>,
  { fallback }: CombinatorOptions,
): Policy {
  return routed("per-column", policies, fallback, (pattern, policy) => ({
    column: namePattern(pattern),
    policy,
  }));
}

function routed(
  name: string,
  policies: Readonly<Record<string, Policy>>,
  fallback: Policy,
  toRoute: (pattern: string, policy: Policy) => Route,
): Policy {
  return createRoutedPolicy({
    name,
    version: Object.keys(policies).join("; "),
    routes: Object.entries(policies).map(([pattern, policy]) => toRoute(pattern, policy)),
    fallback,
  });
}
