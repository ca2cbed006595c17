import { parseArgs } from "node:util";

/** What a bench is to do. */
export interface BenchOptions {
  /** Small data, one run each: shows that the bench itself works. */
  readonly smoke: boolean;
  /** The 4 GB pair, and nothing else. */
  readonly large: boolean;
  readonly runs: number;
  /** Only these groups; `null`: those that the page shows. */
  readonly only: readonly string[] | null;
}

/** What becomes of the results. */
export interface OutputOptions {
  /** Where the JSON is, and goes: results that were not measured again stay in it. `null`: into the cache folder. */
  readonly out: string | null;
  /** Write docs/performance.json, the page and the chart. */
  readonly writesPage: boolean;
  /** Measure nothing. */
  readonly pageOnly: boolean;
  /** What else was to be said about the circumstances. */
  readonly remark: string | null;
}

export const USAGE = `Usage: npm run bench -- [options]

Times dbsync on generated databases, beside its peers.

  --write          write docs/performance.json, docs/performance.md and the chart
  --page           write page and chart anew from docs/performance.json, measure nothing
  --large          the 4 GB pair alone; with --write or --out, added to what is there
  --remark <text>  goes onto the page: "with other work on the machine"
  --smoke          a few megabytes, one run each
  --runs <n>       runs of each comparison (5); long ones are run less often
  --only <group>   start, diff, sync, load, live, writer or growth; not on the page:
                   validate, conflicts, sustained. May be given several times
  --out <file>     where the JSON goes (the temporary folder)
  --help           this text
`;

/** Groups that the page shows. */
export const PAGE_GROUPS = ["start", "diff", "sync", "load", "live", "writer", "growth"] as const;

const GROUPS: readonly string[] = [...PAGE_GROUPS, "validate", "conflicts", "sustained"];

/** @returns the options, or `null` where help was asked for. @throws for an unknown option */
export function readOptions(args: readonly string[]): (BenchOptions & OutputOptions) | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: "boolean", default: false },
      large: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
      remark: { type: "string" },
      runs: { type: "string" },
      only: { type: "string", multiple: true },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const runs = Number(values.runs ?? (values.smoke ? 1 : 5));
  if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs takes a number from 1");
  const unknown = values.only?.find((group) => !GROUPS.includes(group));
  if (unknown !== undefined) throw new Error(`--only takes ${GROUPS.join(", ")}, not ${unknown}`);
  return {
    smoke: values.smoke,
    large: values.large,
    runs,
    only: values.only ?? null,
    out: values.out ?? null,
    writesPage: values.write,
    pageOnly: values.page,
    remark: values.remark ?? null,
  };
}
