import { parseArgs } from "node:util";

/** What a bench is to do. */
export interface BenchOptions {
  /** Small data, one run each: shows that the bench itself works. */
  readonly smoke: boolean;
  /** Also the 1 GB pair. */
  readonly large: boolean;
  readonly runs: number;
  /** Where the JSON goes; `null`: into the cache folder. */
  readonly out: string | null;
  /** Only these groups: `start`, `diff`, `copies`, `validate`, `sync`, `load`, `conflicts`, `live`, `sustained`. */
  readonly only: readonly string[];
}

export const USAGE = `Usage: pnpm bench [options]

Times dbsync on generated databases, beside sqldiff where it is installed.

  --smoke        a few megabytes, one run each
  --no-large     leave out the 1 GB pair
  --runs <n>     runs of each measurement (5; syncs and the large pair: at most 3)
  --only <group> start, diff, copies, validate, sync, load, conflicts, live or
                 sustained; may be given several times
  --out <file>   where the JSON goes (the temporary folder)
  --help         this text
`;

const GROUPS = [
  "start",
  "diff",
  "copies",
  "validate",
  "sync",
  "load",
  "conflicts",
  "live",
  "sustained",
];

/** @returns the options, or `null` where help was asked for. @throws for an unknown option */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      smoke: { type: "boolean", default: false },
      large: { type: "boolean", default: true },
      runs: { type: "string" },
      only: { type: "string", multiple: true },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const runs = Number(values.runs ?? (values.smoke ? 1 : 5));
  if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs takes a number from 1");
  const only = values.only ?? GROUPS;
  const unknown = only.find((group) => !GROUPS.includes(group));
  if (unknown !== undefined) throw new Error(`--only takes ${GROUPS.join(", ")}, not ${unknown}`);
  return {
    smoke: values.smoke,
    large: values.large && !values.smoke,
    runs,
    out: values.out ?? null,
    only,
  };
}
