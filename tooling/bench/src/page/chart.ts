import type { BenchReport } from "../report.ts";
import type { Result } from "../measure/result.ts";

/** Bars side by side: ours and the peer's, of work that both do. */
const GROUPS: readonly {
  readonly title: string;
  readonly ours: string;
  readonly theirs: string;
}[] = [
  { title: "0.2 % of the rows changed", ours: "diff", theirs: "sqldiff" },
  { title: "one copy VACUUMed", ours: "diff-packed", theirs: "sqldiff-packed" },
  { title: "10 % of the rows changed", ours: "diff-tenth", theirs: "sqldiff-tenth" },
  { title: "two equal copies", ours: "diff-equal", theirs: "cmp-equal" },
];

const WIDTH = 720;
const BAR = { left: 190, height: 16, room: 430 };
const GROUP_HEIGHT = 58;
const TOP = 46;

/**
 * A chart of the comparisons, as an SVG that needs nothing else and is readable on light and on dark pages: it asks for
 * the reader's colours itself.
 */
export function chart({ results }: BenchReport): string {
  const groups = GROUPS.flatMap(({ title, ours, theirs }) => {
    const [one, other] = [find(results, ours), find(results, theirs)];
    return one === null || other === null
      ? []
      : [{ title, ours: one, theirs: other, name: theirs.replace(/-.*/, "") }];
  });
  const longest = Math.max(
    1,
    ...groups.flatMap(({ ours, theirs }) => [ours.medianMs, theirs.medianMs]),
  );
  const widthOf = (ms: number): number => Math.max(1, Math.round((ms / longest) * BAR.room));
  const bars = groups.flatMap((group, place) => {
    const y = TOP + place * GROUP_HEIGHT;
    return [
      text({ x: BAR.left - 12, y: y + 23, kind: "title", words: group.title }),
      bar({
        y,
        width: widthOf(group.ours.medianMs),
        kind: "ours",
        words: `dbsync ${secondsOf(group.ours)}`,
      }),
      bar({
        y: y + BAR.height + 4,
        width: widthOf(group.theirs.medianMs),
        kind: "theirs",
        words: `${group.name} ${secondsOf(group.theirs)}`,
      }),
    ];
  });
  const height = TOP + groups.length * GROUP_HEIGHT;
  const summary = groups
    .map(
      ({ title, ours, theirs, name }) =>
        `${title}: dbsync ${secondsOf(ours)}, ${name} ${secondsOf(theirs)}`,
    )
    .join("; ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${summary}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .head { font-weight: 600; font-size: 14px; }
  .title { text-anchor: end; }
  .ours { fill: #0b6e4f; }
  .theirs { fill: #9aa4ae; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ours { fill: #3fb68b; }
    .theirs { fill: #6e7a87; }
  }
</style>
<text class="head" x="0" y="18">Comparing two databases of 265 MB, whole process, seconds (less is better)</text>
${bars.join("\n")}
</svg>
`;
}

function find(results: readonly Result[], id: string): Result | null {
  return results.find((result) => result.id === id) ?? null;
}

function secondsOf({ medianMs }: Result): string {
  return `${(medianMs / 1000).toFixed(2)} s`;
}

interface Words {
  readonly kind: string;
  readonly words: string;
}

function text({ x, y, kind, words }: Words & { readonly x: number; readonly y: number }): string {
  return `<text class="${kind}" x="${x}" y="${y}">${words}</text>`;
}

function bar({
  y,
  width,
  kind,
  words,
}: Words & { readonly y: number; readonly width: number }): string {
  return `<rect class="${kind}" x="${BAR.left}" y="${y}" width="${width}" height="${BAR.height}" rx="2"/><text x="${BAR.left + width + 6}" y="${y + 13}">${words}</text>`;
}
