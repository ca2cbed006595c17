import { keyToText, sameValue, valueToText } from "@sync/model";
import type { Row, RowDiff, SqlValue } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { printableName, wrap } from "./text.ts";

/** How much of a value stands on one line; the same as everywhere a value is shown. */
const VALUE_CHARACTERS = 60;

/**
 * One row's difference, for people:
 *
 *     customers
 *       id=7  changed
 *         name: 'Ada' → 'Ada Lovelace'
 *       id=9  only in b
 *         name: 'Bo', email: NULL
 */
export function rowDiffText(
  row: RowDiff,
  terminal: Terminal,
  { withTable }: { readonly withTable: boolean },
): string {
  const { colors, width } = terminal;
  const lines = withTable ? [colors.bold(printableName(row.table))] : [];
  const key = wrap(keyToText(row.key), width, "  ", "    ");
  if (row.a !== null && row.b !== null) {
    lines.push(`${key}  ${colors.yellow("changed")}`, ...changedLines(row, [row.a, row.b], width));
  } else if (row.a !== null) {
    lines.push(`${key}  ${colors.cyan("only in a")}`, ...otherColumns(row, row.a, width));
  } else if (row.b !== null) {
    lines.push(`${key}  ${colors.magenta("only in b")}`, ...otherColumns(row, row.b, width));
  }
  return lines.join("\n");
}

function changedLines({ changed }: RowDiff, [a, b]: readonly [Row, Row], width: number): string[] {
  return changed.map((name) => {
    const text = `${printableName(name)}: ${changeText(a[name] ?? null, b[name] ?? null)}`;
    return wrap(text, width, "    ", "      ");
  });
}

/** `'Ada' → 'Bo'`; says where they part if the shown beginnings are the same. */
function changeText(old: SqlValue, now: SqlValue): string {
  const [before, after] = [old, now].map((value) => valueToText(value, VALUE_CHARACTERS));
  const text = `${before} → ${after}`;
  return before === after ? `${text} (${partingText(old, now)})` : text;
}

function partingText(old: SqlValue, now: SqlValue): string {
  if (sameValue(old, now)) return "they differ in bytes that are not valid text";
  if (typeof old === "string" && typeof now === "string") {
    return `they differ from character ${firstDifference(old, now) + 1} on`;
  }
  if (old instanceof Uint8Array && now instanceof Uint8Array) {
    return `they differ from byte ${firstDifference(old, now) + 1} on`;
  }
  return "they differ";
}

function firstDifference(x: ArrayLike<unknown>, y: ArrayLike<unknown>): number {
  let index = 0;
  while (index < Math.min(x.length, y.length) && x[index] === y[index]) index += 1;
  return index;
}

/** The columns that are not in the key; none for a keyless table, whose key is the whole row. */
function otherColumns({ key }: RowDiff, row: Row, width: number): string[] {
  const columns = Object.entries(row)
    .filter(([name]) => !Object.hasOwn(key, name))
    .map(([name, value]) => `${printableName(name)}: ${valueToText(value, VALUE_CHARACTERS)}`);
  return columns.length === 0 ? [] : [wrap(columns.join(", "), width, "    ", "      ")];
}
