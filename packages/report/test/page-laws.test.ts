import type { RowDiff } from "@sync/model";
import { diffPage } from "@sync/report";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOSTILE, differences, reportOf } from "./differences.ts";
import { plainText, readPage } from "./read-page.ts";
import type { ReadRow } from "./read-page.ts";

const RUNS = { numRuns: 150, endOnFailure: true };

async function pageText(
  rows: readonly RowDiff[],
  report = reportOf(rows, "a.db", "b.db"),
): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of diffPage(report, rows, { timeMs: 0 })) pieces.push(piece);
  return pieces.join("");
}

/** What a page must show of these rows, in the order in which it shows them. */
function expectedRows(rows: readonly RowDiff[]): ReadRow[] {
  const shown = rows.map(({ table, key, a, b, changed }): ReadRow => {
    if (a !== null && b !== null) {
      return {
        table,
        kind: "c",
        values: record(changed.map((name) => [name, [a[name] ?? null, b[name] ?? null]])),
      };
    }
    const row = a ?? b ?? {};
    const isList = Object.keys(row).length > 8;
    const keys =
      Object.keys(key).length < Object.keys(row).length
        ? Object.keys(key)
        : Object.keys(row).slice(0, 1);
    const names = Object.keys(row).filter((name) => !isList || !keys.includes(name));
    return {
      table,
      kind: a === null ? "b" : "a",
      values: record(names.map((name) => [name, [row[name] ?? null]])),
    };
  });
  return shown;
}

function record(
  entries: readonly (readonly [string, ReadRow["values"][string]])[],
): ReadRow["values"] {
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries));
}

/** Within a table of less than one chunk, changed rows stand first, then those only in a. */
function sorted(rows: readonly ReadRow[]): ReadRow[] {
  const tables = [...new Set(rows.map(({ table }) => table))];
  return tables.flatMap((table) =>
    (["c", "a", "b"] as const).flatMap((kind) =>
      rows.filter((row) => row.table === table && row.kind === kind),
    ),
  );
}

describe("a page of any differences", () => {
  it("shows every value exactly, with and without scripts", async () => {
    await fc.assert(
      fc.asyncProperty(differences, fc.boolean(), async ({ report, rows }, isScripted) => {
        const page = readPage(await pageText(rows, report), isScripted);
        expect(page.rows).toEqual(sorted(expectedRows(rows)));
      }),
      RUNS,
    );
  }, 120_000);

  it("has the elements and attributes of a harmless one, and no others", async () => {
    const known = readPage(await pageText([]), true).vocabulary;
    const allowed =
      /^(?:section|h2|h3|div|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|dl|dt|dd|q|code|i|b|del|ins|details|summary|small|span|strong|p|a|search|label|input|fieldset|legend|button|output|kbd|ul|li)(?:\[(?:class|id|scope|colspan|tabindex|role|aria-label|aria-labelledby|aria-describedby|data-rows|data-lines|href|type|checked|hidden|for|autocomplete|spellcheck|translate)\])?$/;
    await fc.assert(
      fc.asyncProperty(differences, async ({ report, rows }) => {
        const { vocabulary } = readPage(await pageText(rows, report), true);
        expect([...vocabulary].filter((word) => !known.has(word) && !allowed.test(word))).toEqual(
          [],
        );
      }),
      RUNS,
    );
  }, 120_000);

  it("is text of valid UTF-8", async () => {
    await fc.assert(
      fc.asyncProperty(differences, async ({ report, rows }) => {
        const text = await pageText(rows, report);
        expect(Buffer.from(text, "utf8").toString("utf8")).toBe(text);
        expect(text).not.toContain("\0");
      }),
      RUNS,
    );
  }, 120_000);

  it("names both databases, whatever they are called", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HOSTILE), async (name) => {
        const { document } = readPage(await pageText([], reportOf([], `x/${name}`, "y.db")), true);
        expect(plainText(document)).toContain(`x/${name}`);
      }),
      { endOnFailure: true },
    );
  });
});

describe("a page of many rows", () => {
  const rows = Array.from({ length: 3000 }, (_, index): RowDiff => {
    const id = BigInt(index);
    const hostile = HOSTILE[index % HOSTILE.length] ?? "";
    const [a, b] = [
      { id, v: hostile, w: "same" },
      { id, v: `${hostile}!`, w: "same" },
    ];
    if (index % 5 === 3) return { table: "many", key: { id }, a, b: null, changed: [] };
    if (index % 5 === 4) return { table: "many", key: { id }, a: null, b, changed: [] };
    return { table: "many", key: { id }, a, b, changed: ["v"] };
  });

  it("says the same with scripts, where later rows wait as text, and without", async () => {
    const text = await pageText(rows);
    expect(text.match(/<noscript>/g)?.length).toBeGreaterThan(5);
    const [scripted, plain] = [readPage(text, true), readPage(text, false)];
    expect(plain.rows).toEqual(scripted.rows);
    const byId = (list: readonly ReadRow[]): string[] =>
      list
        .map((row) =>
          JSON.stringify([row.kind, row.values], (_, v: unknown) =>
            typeof v === "bigint" ? String(v) : v,
          ),
        )
        .toSorted();
    expect(byId(plain.rows)).toEqual(byId(expectedRows(rows)));
  }, 60_000);
});
