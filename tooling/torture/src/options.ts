import { parseArgs } from "node:util";

export const USAGE = `pnpm torture [--minutes N | --runs N] [--seed S] [--only NAME,…]
  random histories of pairs, held against a model; ends with a table of what was run
  --minutes N    how long; default 1
  --runs N       until so many runs of the product were made
  --seed S       the same seed tries the same things; printed where none is given
  --only NAME    sequences, crashes, faults, memory, concurrency, fuzz, live
  --fresh        each run with processes of its own: what fails is tried so anyway
pnpm torture soak [--minutes N] [--pairs N]
  watches pairs to which nothing happens; does it take anything, does anything grow?
  --pairs N      how many; default 100
pnpm torture replay FILE…
  plays saved cases
pnpm torture mutate [--only WORDS] [--own] [--table FILE]
  breaks a copy of the repository in one place after the other; do the tests notice?
  --only WORDS   only mutations with these words in their name
  --own          only the tests named beside each mutation, not all others where those see nothing
  --table FILE   puts the table between the marks of this document
`;

export type Command =
  | { readonly type: "help" }
  | { readonly type: "soak"; readonly minutes: number; readonly pairs: number }
  | { readonly type: "replay"; readonly files: readonly string[] }
  | {
      readonly type: "mutate";
      readonly only: string | null;
      readonly own: boolean;
      readonly table: string | null;
    }
  | {
      readonly type: "run";
      readonly minutes: number;
      readonly runs: number | null;
      readonly seed: number;
      readonly only: ReadonlySet<string> | null;
      readonly fresh: boolean;
    };

export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
      pairs: { type: "string" },
      own: { type: "boolean" },
      fresh: { type: "boolean" },
      table: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return { type: "help" };
  if (positionals[0] === "replay") return { type: "replay", files: positionals.slice(1) };
  if (positionals[0] === "soak") {
    return {
      type: "soak",
      minutes: numberOf(values.minutes) ?? 1,
      pairs: numberOf(values.pairs) ?? 100,
    };
  }
  if (positionals[0] === "mutate") {
    const { only = null, own = false, table = null } = values;
    return { type: "mutate", only, own, table };
  }
  return {
    type: "run",
    minutes: numberOf(values.minutes) ?? (values.runs === undefined ? 1 : Infinity),
    runs: numberOf(values.runs),
    seed: numberOf(values.seed) ?? Math.trunc(Math.random() * 2 ** 31),
    only: values.only === undefined ? null : new Set(values.only.split(",")),
    fresh: values.fresh === true,
  };
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`${text} is not a number`);
  return number;
}
