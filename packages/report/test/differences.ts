import type { DiffReport, Row, RowDiff, SqlValue, TableDiff } from "@sync/model";
import { sameValue } from "@sync/model";
import fc from "fast-check";

/** What a person or a program might have put into a database to break whoever shows it. */
export const HOSTILE: readonly string[] = [
  "</script><script>globalThis.hacked = true</script>",
  "</noscript><img src=x onerror=globalThis.hacked=true>",
  "</td></tr></table><h1>gone</h1>",
  '<tbody class="r">',
  "</style><style>*{display:none}</style>",
  "<!--",
  "-->",
  "]]>",
  "&lt;b&gt; &amp;amp; &#0; &NotAnEntity;",
  `" onmouseover="alert(1)`,
  "javascript:alert(1)",
  "\0",
  "a\0b\0",
  "\r\n",
  "\r",
  "  two  spaces\n\n\tand a tab ",
  "\u202Etxt.exe",
  "\u2066\u2069\u200F\u200E\u061C",
  "\uD800",
  "\uDC00\uD800",
  "e\u0301\u200D\u{1F468}\u200D\u{1F469}",
  "\uFEFF\uFFFE\uFFFF\u{1FFFE}",
  "\u2028\u2029\u0085",
  "\u00A0",
  "\\u202e",
  "{{constructor.constructor('alert(1)')()}}",
  "",
];

const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  // Any code units, halves of surrogate pairs included.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
  fc.lorem({ maxCount: 60 }),
);

/** Long enough to be folded. */
const longText: fc.Arbitrary<string> = fc
  .tuple(
    text,
    fc.constantFrom("word ", "x", "\n", "\u{1F600}", "e\u0301"),
    fc.integer({ min: 0, max: 700 }),
    text,
  )
  .map(([start, part, times, end]) => start + part.repeat(times) + end);

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }).map((real) => real + 0) },
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: longText },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 300, maxLength: 600 }) },
);

/** Two values that differ; often but a little. */
const differing: fc.Arbitrary<readonly [SqlValue, SqlValue]> = fc
  .oneof(
    fc.tuple(value, value),
    fc
      .tuple(longText, text, text, longText)
      .map(([start, a, b, end]): [string, string] => [start + a + end, start + b + end]),
    fc
      .tuple(fc.lorem({ maxCount: 80 }), fc.constantFrom("now", "then and there", "\n", ""))
      .map(([words, word]): [string, string] => [words, words.replace(/ \w+ /, ` ${word} `)]),
  )
  .filter(([a, b]) => !sameValue(a, b));

/** Differences of some tables, with the report that counts them. */
export interface Differences {
  readonly report: DiffReport;
  readonly rows: readonly RowDiff[];
}

export const differences: fc.Arbitrary<Differences> = fc
  .tuple(
    fc.uniqueArray(text, { minLength: 1, maxLength: 3 }),
    fc.array(fc.constant(null), { maxLength: 0 }),
  )
  .chain(([tables]) => fc.tuple(...tables.map(tableDifferences)))
  .chain((tables) =>
    fc
      .record({ a: text, b: text })
      .map(({ a, b }) => ({ report: reportOf(tables.flat(), a, b), rows: tables.flat() })),
  );

function tableDifferences(table: string): fc.Arbitrary<RowDiff[]> {
  return fc
    .tuple(fc.uniqueArray(text, { minLength: 1, maxLength: 12 }), fc.integer({ min: 0, max: 3 }))
    .chain(([columns, keys]) => {
      // Without a key the whole row is one.
      const keyColumns = keys === 0 ? columns : columns.slice(0, Math.min(keys, columns.length));
      return fc.array(rowDiff(table, columns, keyColumns), { minLength: 1, maxLength: 6 });
    });
}

function rowDiff(
  table: string,
  columns: readonly string[],
  keyColumns: readonly string[],
): fc.Arbitrary<RowDiff> {
  const others = columns.filter((name) => !keyColumns.includes(name));
  const oneSided = fc.tuple(rowOf(columns), fc.boolean()).map(([row, isInA]): RowDiff => {
    return {
      table,
      key: pick(row, keyColumns),
      a: isInA ? row : null,
      b: isInA ? null : row,
      changed: [],
    };
  });
  if (others.length === 0) return oneSided;
  const changed = fc
    .tuple(rowOf(columns), fc.subarray(others, { minLength: 1 }))
    .chain(([row, names]) =>
      fc.tuple(...names.map(() => differing)).map((pairs): RowDiff => {
        const a = {
          ...row,
          ...rowFrom(
            names,
            pairs.map(([first]) => first),
          ),
        };
        const b = {
          ...row,
          ...rowFrom(
            names,
            pairs.map(([, second]) => second),
          ),
        };
        return { table, key: pick(row, keyColumns), a, b, changed: names };
      }),
    );
  return fc.oneof(changed, oneSided);
}

function rowOf(columns: readonly string[]): fc.Arbitrary<Row> {
  return fc.tuple(...columns.map(() => value)).map((values) => rowFrom(columns, values));
}

/** Columns in their order, `__proto__` and numbers included. */
function rowFrom(names: readonly string[], values: readonly SqlValue[]): Row {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
}

function pick(row: Row, names: readonly string[]): Row {
  return rowFrom(
    names,
    names.map((name) => row[name] ?? null),
  );
}

/** The report that goes with rows. */
export function reportOf(rows: readonly RowDiff[], a: string, b: string): DiffReport {
  const tables = new Map<string, TableDiff>();
  for (const row of rows) {
    const before = tables.get(row.table) ?? {
      table: row.table,
      onlyInA: 0,
      onlyInB: 0,
      changed: 0,
      same: 7,
    };
    tables.set(row.table, {
      ...before,
      onlyInA: before.onlyInA + (row.b === null ? 1 : 0),
      onlyInB: before.onlyInB + (row.a === null ? 1 : 0),
      changed: before.changed + (row.a !== null && row.b !== null ? 1 : 0),
    });
  }
  return {
    schemaVersion: 1,
    command: "diff",
    a,
    b,
    same: rows.length === 0,
    tables: [...tables.values()],
    scan: { method: "full", pages: 0, candidates: 0, notKnown: [] },
  };
}
