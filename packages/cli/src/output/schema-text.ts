import type { Pair } from "@sync/core";
import { pathForShell } from "@sync/model";
import type { SchemaApplied, SchemaReport, SchemaStep, Side } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { count, printableName, wrap } from "./text.ts";

/**
 * What differs, those first that stop a sync; the statements that level each side; the verdict. Statements
 * stand as they are, to be copied: only control characters other than line breaks are taken out.
 */
export function schemaText(report: SchemaReport, pair: Pair, terminal: Terminal): string {
  const { bold } = terminal.colors;
  const blocks = [`${bold("a")}  ${pair.a}\n${bold("b")}  ${pair.b}`];
  if (report.applied !== null) blocks.push(appliedText(report.applied, terminal));
  if (!report.same) blocks.push(differencesText(report, terminal));
  for (const side of ["a", "b"] as const)
    blocks.push(...levelling(report, side, { pair, terminal }));
  return [...blocks, verdict(report, terminal)].join("\n\n");
}

function appliedText({ side, steps, backup }: SchemaApplied, { colors, width }: Terminal): string {
  if (steps.length === 0) return `${side} lacks nothing that can be added: nothing was written.`;
  const head = colors.green(`Done on ${side}:`);
  const kept = backup === null ? [] : [wrap(`${side} as it was before: ${backup}`, width)];
  return [head, ...steps.flatMap((step) => statements(step)), ...kept].join("\n");
}

function differencesText({ differences }: SchemaReport, { colors, width }: Terminal): string {
  const inWords = (stops: boolean): string[] =>
    differences
      .filter(({ stopsSync }) => stopsSync === stops)
      .map(({ message }) => wrap(`- ${printableName(message)}`, width, "", "  "));
  const [stopping, others] = [inWords(true), inWords(false)];
  return [
    ...(stopping.length === 0 ? [] : [colors.red("These stop a sync:"), ...stopping]),
    ...(others.length === 0 ? [] : [colors.yellow("These do not stop a sync:"), ...others]),
  ].join("\n");
}

function levelling(
  { steps }: SchemaReport,
  side: Side,
  { pair, terminal }: { readonly pair: Pair; readonly terminal: Terminal },
): string[] {
  const { bold } = terminal.colors;
  const [adding, advice] = [true, false].map((adds) =>
    steps[side].filter((step) => step.adds === adds),
  );
  const command = `dbsync schema ${pathForShell(pair.a)} ${pathForShell(pair.b)} --apply ${side}`;
  const text = (head: string, some: readonly SchemaStep[] | undefined): string[] =>
    some === undefined || some.length === 0
      ? []
      : [[bold(head), ...some.flatMap((step) => statements(step))].join("\n")];
  return [
    ...text(`To add to ${side} what it lacks (${command}):`, adding),
    ...text(`To be done by hand on ${side}, after a backup:`, advice),
  ];
}

function statements({ sql, note }: SchemaStep): string[] {
  const printable = (text: string): string => text.split("\n").map(printableName).join("\n");
  return [
    ...(note === "" ? [] : [`-- ${printable(note)}`]),
    ...sql.map((one) => ended(printable(one))),
  ];
}

/** A comment at the end would swallow the semicolon. */
function ended(sql: string): string {
  return sql.split("\n").at(-1)?.includes("--") === true ? `${sql}\n;` : `${sql};`;
}

function verdict({ same, differences }: SchemaReport, { colors, width }: Terminal): string {
  if (same) return colors.green("Both databases define the same.");
  const stopping = differences.filter(({ stopsSync }) => stopsSync).length;
  const rest =
    stopping === 0
      ? "none of which stops a sync"
      : `${stopping} of which ${stopping === 1 ? "stops" : "stop"} a sync`;
  return wrap(`They differ: ${count(differences.length, "difference")}, ${rest}.`, width);
}
