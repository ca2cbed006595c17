import type { BenchReport } from "../report.ts";
import { FIGURES, compared } from "./figures.ts";
import { growthTable } from "./growth.ts";

/** Between these, the page is the bench's; around them, whoever explains it writes. */
const [BEGIN, END] = [
  "<!-- measured: written by the bench -->",
  "<!-- end of what is measured -->",
];

/**
 * The page with what was measured put between its marks.
 *
 * @throws where the page has no such marks
 */
export function withMeasured(page: string, report: BenchReport): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} … ${END}`);
  return `${page.slice(0, from)}${BEGIN}\n\n${measured(report)}\n\n${page.slice(to)}`;
}

function measured(report: BenchReport): string {
  return [
    machineText(report),
    "### Figures",
    figureTable(report),
    "### How cost grows",
    growthTable(report.results),
  ].join("\n\n");
}

function machineText({ machine, finishedAt, remark, failures, notes }: BenchReport): string {
  const { cpu, cores, memoryBytes, system, node, sqlite, sqldiff } = machine;
  const memory = `${Math.round(memoryBytes / 1e9)} GB`;
  const failed = failures.map(({ what, error }) => `Not measured: ${what} (${error}).`);
  return [
    `Measured on ${finishedAt.slice(0, 10)}: ${cpu}, ${cores} cores, ${memory} of memory, ${system}; Node ${node}, SQLite ${sqlite} in \`dbsync\`, ${sqldiff === null ? "no `sqldiff`" : `${sqldiff} in \`sqldiff\``}.`,
    ...(remark === undefined ? [] : [remark]),
    ...failed,
    ...notes,
  ].join(" ");
}

function figureTable({ results }: BenchReport): string {
  const lines = FIGURES.flatMap((figure) => {
    const found = compared(figure, results);
    if (found === null) return [];
    const reached = found.isReached === null ? "" : found.isReached ? "yes" : "no";
    const cells = [
      figure.what,
      found.oursText,
      found.theirsText,
      found.ratioText ?? "",
      found.wantedText,
      reached,
    ];
    return [`| ${cells.join(" | ")} |`];
  });
  return [
    "| work | `dbsync` | beside it | ratio | wanted | reached |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
