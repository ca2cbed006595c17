import type { InboxConflict } from "@sync/core";
import { sameValue, storageClassOf } from "@sync/model";
import type { Row, SqlValue } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { printableName } from "./text.ts";
import { cellText, differInClassOnly } from "./value-text.ts";

/** Tables wider than this are shown by the columns that matter. */
const MANY_COLUMNS = 15;
/** Below this, three columns beside each other say nothing: they stand below each other. */
const LEAST_WIDTH = 14;
const MOST_WIDTH = 60;
const GAP = 2;

/** Base, a and b of a row in conflict. */
type Three = readonly [SqlValue | undefined, SqlValue | undefined, SqlValue | undefined];

/**
 * Base, a and b beside each other, disputed columns marked with `*`:
 *
 *              base    a      b
 *       name   'cup'   'cup'  'cup'
 *     * price  4.5     5.0    6.0
 */
export function threeColumns(conflict: InboxConflict, terminal: Terminal): string[] {
  const { base, a, b } = conflict;
  const rows = shownColumns(conflict).map((name) => ({
    name,
    isMarked: marked(conflict).includes(name),
    values: [valueIn(base, name), valueIn(a, name), valueIn(b, name)] as const,
  }));
  const label = Math.max(0, ...rows.map(({ name }) => Math.min(printableName(name).length, 24)));
  const room = Math.floor((terminal.width - 2 - label - 3 * GAP) / 3);
  const heads = (["base", "a", "b"] as const).map((name) =>
    conflict[name] === null ? `${name} (no row)` : name,
  );
  if (room < LEAST_WIDTH) return stacked(rows, heads, terminal);
  const texts = rows.map(({ values }) => cellTexts(values, Math.min(room, MOST_WIDTH)));
  const widths = [0, 1, 2].map((at) =>
    Math.max(heads[at]?.length ?? 0, ...texts.map((cells) => cells[at]?.length ?? 0)),
  );
  const head = heads.map((name, at) => name.padEnd(widths[at] ?? 0)).join(" ".repeat(GAP));
  return [
    terminal.colors.dim(`${" ".repeat(2 + label + GAP)}${head}`.trimEnd()),
    ...rows.map(({ name, isMarked, values }, row) => {
      const cells = values.map((value, at) => {
        const text = (texts[row]?.[at] ?? "").padEnd(widths[at] ?? 0);
        return value === null || value === undefined ? terminal.colors.dim(text) : text;
      });
      const title = printableName(name).slice(0, label).padEnd(label);
      const mark = isMarked ? "* " : "  ";
      const line = `${mark}${isMarked ? terminal.colors.yellow(title) : title}${" ".repeat(GAP)}${cells.join(" ".repeat(GAP))}`;
      return line.trimEnd();
    }),
    ...hidden(conflict, rows.length),
  ];
}

/** What is in dispute now: as it was said when the row was parked, unless it was changed since. */
export function marked(conflict: InboxConflict): readonly string[] {
  const { disputed, differing, changed, base, a, b } = conflict;
  // Of a row that one side deleted, what the other side changed in it.
  const present = a ?? b;
  if ((a === null || b === null) && base !== null && present !== null)
    return differing.filter((name) => !sameValue(base[name] ?? null, present[name] ?? null));
  return changed.length === 0 && disputed.length > 0 ? disputed : differing;
}

function shownColumns(conflict: InboxConflict): string[] {
  const { columns, key, differing, base, a, b } = conflict;
  const names =
    columns.length > 0 ? columns.map(({ name }) => name) : Object.keys(base ?? a ?? b ?? {});
  if (names.length <= MANY_COLUMNS) return names;
  const matters = new Set([...Object.keys(key), ...differing, ...marked(conflict)]);
  return names.filter((name) => matters.has(name));
}

function hidden({ columns }: InboxConflict, shown: number): string[] {
  const left = columns.length - shown;
  return left > 0 ? [`  … and ${left} columns in which both sides are equal`] : [];
}

function valueIn(row: Row | null, name: string): SqlValue | undefined {
  return row === null ? undefined : (row[name] ?? null);
}

function cellTexts([base, a, b]: Three, width: number): string[] {
  const sides = [a, b].filter((value) => value !== undefined);
  const withClass = sides.length === 2 && differInClassOnly(sides);
  return [base, a, b].map((value) => {
    if (value === undefined) return "·";
    const text = cellText(value, width);
    return withClass ? `${text} (${storageClassOf(value)})` : text;
  });
}

interface ShownRow {
  readonly name: string;
  readonly isMarked: boolean;
  readonly values: Three;
}

function stacked(
  rows: readonly ShownRow[],
  heads: readonly string[],
  { colors, width }: Terminal,
): string[] {
  const label = Math.max(...heads.map((head) => head.length));
  return rows.flatMap(({ name, isMarked, values }) => {
    const title = `${isMarked ? "* " : "  "}${printableName(name)}`;
    const cells = cellTexts(values, Math.max(width - label - 6, 10));
    return [
      isMarked ? colors.yellow(title) : title,
      ...cells.map((text, at) => `    ${(heads[at] ?? "").padEnd(label)}  ${text}`),
    ];
  });
}
