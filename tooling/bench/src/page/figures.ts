import type { Result } from "../measure/result.ts";

/** A line of the page's table: what we take, beside what a peer takes in the same run. */
export interface Figure {
  readonly what: string;
  readonly id: string;
  /** The other program's result; `null`: nobody does the same. */
  readonly against: { readonly id: string; readonly name: string } | null;
  /** `faster`: how many times as fast as the other; `slower`: how many times as long; `speed`: rows a second. */
  readonly measure: "faster" | "slower" | "speed" | "latency";
  /** What is wanted, if anything: a ratio, rows a second, or milliseconds (median, 99th of 100). */
  readonly wanted: readonly number[];
  /** So many milliseconds at most are wanted, whatever stands beside it. */
  readonly wantedMs?: number;
}

const SQLDIFF = { name: "`sqldiff --primarykey`" };

/** In the order of the page. */
export const FIGURES: readonly Figure[] = [
  {
    what: "`diff`, 0.2 % of the rows changed here and there",
    id: "diff",
    against: { ...SQLDIFF, id: "sqldiff" },
    measure: "faster",
    wanted: [8],
  },
  {
    what: "`diff`, two equal copies",
    id: "diff-equal",
    against: { name: "`cmp`", id: "cmp-equal" },
    measure: "slower",
    wanted: [2.5],
  },
  {
    what: "`diff`, 0.2 % changed, one copy VACUUMed",
    id: "diff-packed",
    against: { ...SQLDIFF, id: "sqldiff-packed" },
    measure: "faster",
    wanted: [1.5],
  },
  {
    what: "`diff`, 10 % of the rows changed",
    id: "diff-tenth",
    against: { ...SQLDIFF, id: "sqldiff-tenth" },
    measure: "faster",
    wanted: [1.5],
  },
  {
    what: "`sync`, second run, nothing changed",
    id: "sync-second",
    against: { name: "`cmp`, which reads both", id: "cmp-equal" },
    measure: "slower",
    wanted: [],
  },
  {
    what: "`sync`, 1,000 rows edited on each side",
    id: "sync-edited",
    against: { ...SQLDIFF, id: "sqldiff" },
    measure: "faster",
    wanted: [],
    wantedMs: 600,
  },
  {
    what: "`sync`, first run of equal sides",
    id: "sync-first",
    against: null,
    measure: "speed",
    wanted: [1_000_000],
  },
  {
    what: "`sync --create`, full load of an empty side",
    id: "load",
    against: { name: "`INSERT … SELECT`", id: "copy" },
    measure: "speed",
    wanted: [400_000],
  },
  {
    what: "live: COMMIT to visible, 1 row, 1 MB",
    id: "live-1mb",
    against: null,
    measure: "latency",
    wanted: [15, 60],
  },
  {
    what: "live: COMMIT to visible, 1 row, 265 MB",
    id: "live",
    against: null,
    measure: "latency",
    wanted: [15, 60],
  },
  {
    what: "live: COMMIT to visible, 1 row, 4 GB",
    id: "live-4gb",
    against: null,
    measure: "latency",
    wanted: [15, 60],
  },
  {
    what: "live: one application writes, until both sides are equal",
    id: "live-writer",
    against: { name: "the application alone", id: "writer-alone" },
    measure: "speed",
    wanted: [20_000],
  },
  {
    what: "`dbsync --version`",
    id: "start",
    against: { name: "`node -e 0`", id: "start-node" },
    measure: "slower",
    wanted: [],
    wantedMs: 100,
  },
];

/** A figure with its results, in words. */
export interface Compared {
  readonly ours: Result;
  readonly theirs: Result | null;
  readonly oursText: string;
  readonly theirsText: string;
  readonly ratioText: string | null;
  readonly wantedText: string;
  /** `null`: nothing is wanted. */
  readonly isReached: boolean | null;
}

/** @returns `null` where it was not measured */
export function compared(figure: Figure, results: readonly Result[]): Compared | null {
  const found = comparedByMeasure(figure, results);
  const { wantedMs } = figure;
  if (found === null || wantedMs === undefined) return found;
  const wantedText = `at most ${durationText(wantedMs)}`;
  return { ...found, wantedText, isReached: found.ours.medianMs <= wantedMs };
}

function comparedByMeasure(figure: Figure, results: readonly Result[]): Compared | null {
  const find = (id: string | undefined): Result | null =>
    results.find((result) => result.id === id) ?? null;
  const [ours, theirs] = [find(figure.id), find(figure.against?.id)];
  if (ours === null) return null;
  const [first = null, second = null] = figure.wanted;
  const ratio = theirs === null ? null : theirs.medianMs / ours.medianMs;
  const texts = {
    ours,
    theirs,
    oursText: textOf(figure, ours),
    theirsText: theirs === null ? "" : `${figure.against?.name ?? ""} ${textOf(figure, theirs)}`,
  };
  switch (figure.measure) {
    case "faster":
      return {
        ...texts,
        ratioText: ratio === null ? null : `${ratio.toFixed(1)} times as fast`,
        wantedText: first === null ? "" : `${first} times as fast`,
        isReached: first === null || ratio === null ? null : ratio >= first,
      };
    case "speed":
      return {
        ...texts,
        ratioText: ratio === null ? null : `${(1 / ratio).toFixed(1)} times as long`,
        wantedText: first === null ? "" : `${thousands(first)} rows/s`,
        isReached: first === null ? null : (ours.rowsPerSecond ?? 0) >= first,
      };
    case "slower":
      return {
        ...texts,
        ratioText: ratio === null ? null : `${(1 / ratio).toFixed(1)} times as long`,
        wantedText: first === null ? "" : `at most ${first} times as long`,
        isReached: first === null || ratio === null ? null : 1 / ratio <= first,
      };
    case "latency":
      return {
        ...texts,
        ratioText: null,
        wantedText: first === null ? "" : `${first} ms, 99th ${second ?? first} ms`,
        isReached:
          first === null ? null : ours.medianMs <= first && ours.p99Ms <= (second ?? first),
      };
  }
}

function textOf({ measure }: Figure, { medianMs, p99Ms, rowsPerSecond }: Result): string {
  if (measure === "latency") return `${durationText(medianMs)}, 99th ${durationText(p99Ms)}`;
  const speed =
    measure === "speed" && rowsPerSecond !== null ? `, ${thousands(rowsPerSecond)} rows/s` : "";
  return `${durationText(medianMs)}${speed}`;
}

/** `0.31 s`, `64 ms`, `12 s`. */
export function durationText(ms: number): string {
  if (ms < 100) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function thousands(count: number): string {
  return count >= 1e6
    ? `${(count / 1e6).toFixed(2)} M`
    : `${Math.round(count / 1000).toLocaleString("en")},000`;
}
