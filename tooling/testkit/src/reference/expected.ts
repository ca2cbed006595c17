import { areTimesApart } from "./times-apart.ts";
import type { CanonicalRow, DatabaseDump } from "../dump/dump.ts";
import type { TableDescription } from "./describe.ts";
import { identityOf } from "./identity.ts";
import { judgeRow, takenIfBroken } from "./row-rule.ts";
import type { Maybe, ModelPolicy, ReferencePolicy } from "./policies.ts";
import type { Direction, RuleContext, Three, Verdict } from "./row-rule.ts";

/** The state of a pair before a run. */
export interface Before {
  readonly tables: readonly TableDescription[];
  /** `null`: first run, or the state was lost. */
  readonly base: DatabaseDump | null;
  readonly a: DatabaseDump;
  readonly b: DatabaseDump;
  readonly policy: ReferencePolicy | ModelPolicy;
  /** The run's now; timestamps beyond it plus 5 minutes are distrusted. */
  readonly nowMs: number;
  /** Default `two-way`. */
  readonly direction?: Direction;
}

/** A row with an identity, and what becomes of it. */
export interface ExpectedRow {
  readonly identity: string;
  readonly before: Three;
  readonly verdict: Verdict;
  /** What both sides may hold instead, where the row met a constraint and the policy was asked about that. */
  readonly ifBroken: readonly Maybe[];
}

/** How often a row without identity occurs on three databases. */
export interface Counts {
  readonly base: number;
  readonly a: number;
  readonly b: number;
}

/** How often a row without identity occurs, before and after. */
export interface ExpectedCount {
  /** The row's content as JSON. */
  readonly content: string;
  readonly before: Counts;
  /** On both sides, unless each keeps its own. */
  readonly after: number;
  /** The direction holds what the target has: each side keeps its own. */
  readonly isHeld: boolean;
}

/** What the rule says of one table. */
export interface ExpectedTable {
  readonly table: TableDescription;
  readonly rows: readonly ExpectedRow[];
  /** Of a keyless table all rows; of another those whose key holds a NULL. */
  readonly counts: readonly ExpectedCount[];
}

/** DESIGN §6 as plain maps, constraints aside: what both sides hold after a run. */
export function expectedOutcome(before: Before): ExpectedTable[] {
  const { policy, nowMs, direction = "two-way" } = before;
  return before.tables.map((table) => {
    const dumpOf = (dump: DatabaseDump): Content => contentOf(table, dump[table.name] ?? []);
    const [a, b] = [dumpOf(before.a), dumpOf(before.b)];
    const base = before.base === null ? null : dumpOf(before.base);
    return expectedTable({ base, a, b }, { table, policy, nowMs, direction });
  });
}

/** One table of three databases; `base` is `null` where none is known. */
export interface Contents {
  readonly base: Content | null;
  readonly a: Content;
  readonly b: Content;
}

/** The rule for one table. */
export function expectedTable(
  { base, a, b }: Contents,
  about: Omit<RuleContext, "hasBase" | "timesApart">,
): ExpectedTable {
  const hasBase = base !== null;
  const known = base ?? NOTHING;
  return {
    table: about.table,
    rows: expectedRows({ base: known, a, b }, { ...about, hasBase }),
    counts: expectedCounts({ base: known, a, b }, hasBase, about.direction ?? "two-way"),
  };
}

const NOTHING: Content = { rows: new Map(), counts: new Map() };

/** A table's rows, those with an identity by it, the others counted. */
export interface Content {
  readonly rows: ReadonlyMap<string, CanonicalRow>;
  readonly counts: ReadonlyMap<string, number>;
}

/** Only the columns that are synced; the dump's order of columns does not matter. */
export function contentOf(table: TableDescription, dump: readonly CanonicalRow[]): Content {
  const rows = new Map<string, CanonicalRow>();
  const counts = new Map<string, number>();
  for (const full of dump) {
    const row = Object.fromEntries(table.columns.map((name) => [name, full[name] ?? "null"]));
    const identity = table.key.length === 0 ? null : identityOf(row, table.key);
    if (identity === null) {
      const content = JSON.stringify(row);
      counts.set(content, (counts.get(content) ?? 0) + 1);
    } else if (rows.has(identity)) {
      throw new Error(`two rows of ${table.name} have the key ${identity}`);
    } else {
      rows.set(identity, row);
    }
  }
  return { rows, counts };
}

type Known = Readonly<Record<"base" | "a" | "b", Content>>;

function expectedRows(
  { base, a, b }: Known,
  about: Omit<RuleContext, "timesApart">,
): ExpectedRow[] {
  const identities = new Set([...base.rows.keys(), ...a.rows.keys(), ...b.rows.keys()]);
  const rows = [...identities].map((identity) => ({
    identity,
    before: {
      base: base.rows.get(identity) ?? null,
      a: a.rows.get(identity) ?? null,
      b: b.rows.get(identity) ?? null,
    },
  }));
  const changes = rows.map(({ before }) => before);
  const context = { ...about, timesApart: areTimesApart(changes, about.table.timestampColumn) };
  return rows.map(({ identity, before }) => {
    const ifBroken = takenIfBroken(before, context);
    return { identity, before, verdict: judgeRow(before, context), ifBroken };
  });
}

function expectedCounts(
  { base, a, b }: Known,
  hasBase: boolean,
  direction: Direction,
): ExpectedCount[] {
  const contents = new Set([...base.counts.keys(), ...a.counts.keys(), ...b.counts.keys()]);
  return [...contents].map((content) => {
    const before = {
      base: base.counts.get(content) ?? 0,
      a: a.counts.get(content) ?? 0,
      b: b.counts.get(content) ?? 0,
    };
    if (direction === "two-way")
      return { content, before, after: countAfter(before, hasBase), isHeld: false };
    const { after, isHeld } = directedCount(before, hasBase, direction);
    return { content, before, after, isHeld };
  });
}

/** The target gets the source's count, unless it changed its own; without a base, what it has more of is its own. */
function directedCount(
  { base, a, b }: Counts,
  hasBase: boolean,
  direction: Exclude<Direction, "two-way">,
): Pick<ExpectedCount, "after" | "isHeld"> {
  const [from, to] = direction === "b-to-a" ? [b, a] : [a, b];
  const isOwn = hasBase ? to !== base : to > from;
  return { after: from, isHeld: from !== to && isOwn && direction !== "mirror" };
}

/** DESIGN §5: changed on one side, copied; on both to the same, agreed; otherwise the larger. */
function countAfter({ base, a, b }: Counts, hasBase: boolean): number {
  if (hasBase && a === base) return b;
  if (hasBase && b === base) return a;
  return Math.max(a, b);
}
