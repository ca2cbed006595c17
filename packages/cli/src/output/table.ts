import { printableName } from "./text.ts";

/** A table whose first column names things and whose others hold short values, right-aligned. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Below this a name says nothing any more; the line may then be wider than the window. */
const LEAST_NAME_WIDTH = 7;
/** Between two columns, where the window is wide enough; also what each cell of the library adds to its content. */
const GAP = 2;
const NARROW_GAP = 1;

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** Loads in the background what {@link tableText} needs. */
export function prepareTable(): void {
  // Should it fail, the table that needs it says so.
  import("cli-table3").catch(() => undefined);
}

/**
 * Lays a table out within `width` characters: only names are cut, since a cut number lies.
 *
 * @param paintHead - colours the head; cells may be painted already
 */
export async function tableText(
  table: TextTable,
  width: number,
  paintHead: (text: string) => string,
): Promise<string> {
  // A table is printed once, at the end: nobody should wait for its library before.
  const { default: Table } = await import("cli-table3");
  const gap = leastWidth(table, GAP) <= width ? GAP : NARROW_GAP;
  const widths = columnWidths(table, width, gap);
  const laidOut = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": gap },
    colWidths: widths.map((columnWidth) => columnWidth + gap),
    colAligns: widths.map((_, index) => (index === 0 ? "left" : "right")),
  });
  laidOut.push(table.head.map((title) => paintHead(title)));
  for (const [name = "", ...cells] of table.rows) laidOut.push([printableName(name), ...cells]);
  return laidOut
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function leastWidth(table: TextTable, gap: number): number {
  return columnWidths(table, 0, gap).reduce((sum, one) => sum + one + gap, -gap);
}

function columnWidths({ head, rows }: TextTable, width: number, gap: number): number[] {
  const natural = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => visibleLength(row[column] ?? ""))),
  );
  const [name = 0, ...others] = natural;
  const rest = others.reduce((sum, one) => sum + one + gap, 0);
  const room = Math.max(width - rest, LEAST_NAME_WIDTH);
  return [Math.min(name, room), ...others];
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the colour codes that we put in ourselves
  return text.replace(/\u001B\[\d+m/g, "").length;
}
