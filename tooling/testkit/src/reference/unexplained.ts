import type { DatabaseDump } from "../dump/dump.ts";
import { contentOf } from "./expected.ts";
import type { Content, ExpectedCount, ExpectedRow, ExpectedTable } from "./expected.ts";
import { isSame } from "./row-rule.ts";
import type { Maybe } from "./policies.ts";

/** Both sides after a run. */
export interface After {
  readonly a: DatabaseDump;
  readonly b: DatabaseDump;
}

/**
 * What was observed and the model cannot explain, in words; empty when all is well.
 *
 * A table without constraints beside its key must be exactly as expected. Elsewhere a row may also
 * have been left alone on both sides, or be what the policy answers about a broken constraint.
 */
export function unexplained(expected: readonly ExpectedTable[], after: After): string[] {
  return expected.flatMap((one) => {
    const { table } = one;
    const a = contentOf(table, after.a[table.name] ?? []);
    const b = contentOf(table, after.b[table.name] ?? []);
    return [...rowProblems(one, a, b), ...countProblems(one, a, b)];
  });
}

function rowProblems({ table, rows }: ExpectedTable, a: Content, b: Content): string[] {
  const known = new Set(rows.map(({ identity }) => identity));
  const invented = [...a.rows.keys(), ...b.rows.keys()].filter((identity) => !known.has(identity));
  const wrong = rows.filter((row) => {
    const pair = { a: a.rows.get(row.identity) ?? null, b: b.rows.get(row.identity) ?? null };
    return !outcomes(row, table.constrained).some(
      (allowed) => isSame(allowed.a, pair.a) && isSame(allowed.b, pair.b),
    );
  });
  return [
    ...invented.map((identity) => `${table.name}: row ${identity} was nowhere before`),
    ...wrong.map((row) =>
      rowText(table.name, row, {
        a: a.rows.get(row.identity) ?? null,
        b: b.rows.get(row.identity) ?? null,
      }),
    ),
  ];
}

interface Outcome {
  readonly a: Maybe;
  readonly b: Maybe;
}

function outcomes({ before, verdict, ifBroken }: ExpectedRow, constrained: boolean): Outcome[] {
  const { a, b } = before;
  const both = (row: Maybe): Outcome => ({ a: row, b: row });
  const expected = verdict.results.length === 0 ? [{ a, b }] : verdict.results.map(both);
  return constrained ? [...expected, { a, b }, ...ifBroken.map(both)] : expected;
}

function countProblems({ table, counts }: ExpectedTable, a: Content, b: Content): string[] {
  const known = new Set(counts.map(({ content }) => content));
  const invented = [...a.counts.keys(), ...b.counts.keys()].filter((row) => !known.has(row));
  const wrong = counts.filter(
    (count) =>
      !isCountAllowed(count, count.before.a, a.counts.get(count.content) ?? 0, table.constrained) ||
      !isCountAllowed(count, count.before.b, b.counts.get(count.content) ?? 0, table.constrained),
  );
  return [
    ...invented.map((content) => `${table.name}: row ${content} was nowhere before`),
    ...wrong.map((count) => countText(table.name, count, a, b)),
  ];
}

/** Where constraints can refuse, some of the row's copies may have stayed as they were. */
function isCountAllowed(
  { after, isHeld }: ExpectedCount,
  was: number,
  is: number,
  constrained: boolean,
): boolean {
  const wanted = isHeld ? was : after;
  if (!constrained) return is === wanted;
  return is >= Math.min(was, wanted) && is <= Math.max(was, wanted);
}

function rowText(table: string, row: ExpectedRow, found: Outcome): string {
  const { identity, before, verdict } = row;
  return `${table}: row ${identity} should be ${verdict.type}: ${JSON.stringify({ before, allowed: verdict.results, found })}`;
}

function countText(table: string, count: ExpectedCount, a: Content, b: Content): string {
  const found = { a: a.counts.get(count.content) ?? 0, b: b.counts.get(count.content) ?? 0 };
  return `${table}: counts should be as in ${JSON.stringify(count)}, found ${JSON.stringify(found)}`;
}
