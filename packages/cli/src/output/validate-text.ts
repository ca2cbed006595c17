import type { ValidateReport, ValidatedSide } from "@sync/model";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { count, numberText, printableName, wrap } from "./text.ts";

/** Enough of a digest to compare by eye; `--json` has all of it. */
const DIGEST_CHARACTERS = 12;
/** A damaged file can have thousands of messages, and the first few tell the story. */
const MAX_MESSAGES = 10;

/**
 * Each database, as the user named it, with its soundness and tables, then what differs, then the
 * verdict in a sentence.
 */
export async function validateText(
  report: ValidateReport,
  databases: readonly string[],
  terminal: Terminal,
): Promise<string> {
  const blocks: string[] = [];
  for (const [index, side] of report.sides.entries()) {
    const name =
      report.sides.length === 1 ? "" : `${terminal.colors.bold(index === 0 ? "a" : "b")}  `;
    blocks.push(`${name}${databases[index] ?? side.db}\n${soundness(side, terminal)}`);
  }
  if (report.sides.some(({ tables }) => tables.length > 0)) {
    blocks.push(await tableOf(report.sides, terminal));
  }
  if (report.differences.length > 0) {
    const lines = report.differences.map((line) => wrap(`- ${line}`, terminal.width, "", "  "));
    blocks.push(["The two databases differ:", ...lines].join("\n"));
  }
  return [...blocks, verdict(report, terminal)].join("\n\n");
}

function soundness({ integrity, foreignKeys }: ValidatedSide, terminal: Terminal): string {
  const { colors, width } = terminal;
  const lines: string[] = [];
  if (integrity.length === 0)
    lines.push(goodNews("sound", "the file's structure is intact", terminal));
  else lines.push(`   ${colors.red("damaged")}`, ...firstOf(integrity, width));
  for (const { table, parent, rows } of foreignKeys) {
    const [child, target] = [printableName(table), printableName(parent)];
    const text = `${count(rows, "row")} of ${child} ${rows === 1 ? "points" : "point"} at a row of ${target} that does not exist`;
    lines.push(colors.red(wrap(text, width, "   ", "     ")));
  }
  if (foreignKeys.length === 0 && integrity.length === 0) {
    lines.push(goodNews("whole", "every foreign key points at a row", terminal));
  }
  return lines.join("\n");
}

function goodNews(word: string, text: string, { colors, width }: Terminal): string {
  return wrap(`${word}: ${text}`, width, "   ", "     ").replace(word, colors.green(word));
}

function firstOf(messages: readonly string[], width: number): string[] {
  const shown = messages.slice(0, MAX_MESSAGES).map((text) => wrap(text, width, "   - ", "     "));
  const more = messages.length - shown.length;
  return more > 0 ? [...shown, `   … and ${numberText(more)} more`] : shown;
}

async function tableOf(sides: readonly ValidatedSide[], terminal: Terminal): Promise<string> {
  const { colors, width } = terminal;
  const [a, b] = sides;
  if (a === undefined) return "";
  if (b === undefined) {
    const rows = a.tables.map(({ table, rows: size, digest }) => [
      table,
      numberText(size),
      digest.slice(0, DIGEST_CHARACTERS),
    ]);
    return tableText({ head: ["table", "rows", "digest"], rows }, width, colors.dim);
  }
  const names = [...new Set([...a.tables, ...b.tables].map(({ table }) => table))];
  const rows = names.map((name) => {
    const [inA, inB] = [a, b].map(({ tables }) => tables.find(({ table }) => table === name));
    const isSame = inA?.digest === inB?.digest;
    const content = isSame ? colors.green("same") : colors.yellow("differs");
    return [name, rowsText(inA?.rows), rowsText(inB?.rows), content];
  });
  return tableText({ head: ["table", "rows a", "rows b", "content"], rows }, width, colors.dim);
}

function rowsText(rows: number | undefined): string {
  return rows === undefined ? "–" : numberText(rows);
}

function verdict({ ok, sides, differences }: ValidateReport, { colors, width }: Terminal): string {
  const subject = sides.length === 1 ? "The database is" : "Both databases are";
  const isSound = sides.every((s) => s.integrity.length === 0 && s.foreignKeys.length === 0);
  if (!isSound || (!ok && differences.length === 0)) {
    const advice =
      "Restore a backup of a damaged file; mend rows that point at nothing in their application.";
    return wrap(`Not everything is in order. ${advice}`, width);
  }
  if (differences.length > 0) return wrap(`${subject} sound, and they differ.`, width);
  const rest = sides.length === 1 ? "" : " and hold the same rows";
  const isEmpty = sides.every(({ tables }) => tables.length === 0);
  return colors.green(`${subject} sound${isEmpty ? ", without a table" : rest}.`);
}
