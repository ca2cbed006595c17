import type { Result } from "../measure/result.ts";
import { durationText } from "./figures.ts";

/** Sizes that are measured, by what the ids of their results end with. */
export const GROWTH: readonly { readonly name: string; readonly suffix: string }[] = [
  { name: "10 MB", suffix: "-10mb" },
  { name: "64 MB", suffix: "-64mb" },
  { name: "265 MB", suffix: "" },
  { name: "4 GB", suffix: "-4gb" },
];

const COLUMNS: readonly { readonly title: string; readonly of: (suffix: string) => Wanted }[] = [
  { title: "`diff`, 0.2 %", of: (suffix) => ({ id: `diff${suffix}`, text: medianOf }) },
  { title: "`sqldiff`", of: (suffix) => ({ id: `sqldiff${suffix}`, text: medianOf }) },
  { title: "`sync`, first run", of: (suffix) => ({ id: `sync-first${suffix}`, text: medianOf }) },
  {
    title: "`sync`, nothing changed",
    of: (suffix) => ({ id: `sync-second${suffix}`, text: medianOf }),
  },
  {
    title: "`sync`, 1,000 + 1,000 rows",
    of: (suffix) => ({ id: `sync-edited${suffix}`, text: medianOf }),
  },
  { title: "live, median", of: (suffix) => ({ id: `live${suffix}`, text: medianOf }) },
  { title: "memory, `diff`", of: (suffix) => ({ id: `diff${suffix}`, text: memoryOf }) },
  {
    title: "memory, first `sync`",
    of: (suffix) => ({ id: `sync-first${suffix}`, text: memoryOf }),
  },
  {
    title: "memory, later `sync`",
    of: (suffix) => ({ id: `sync-edited${suffix}`, text: memoryOf }),
  },
];

interface Wanted {
  readonly id: string;
  readonly text: (result: Result) => string;
}

/** How cost grows with the size of the files, as a table. */
export function growthTable(results: readonly Result[]): string {
  const lines = GROWTH.map(({ name, suffix }) => {
    const cells = COLUMNS.map(({ of }) => {
      const { id, text } = of(suffix);
      const result = results.find((one) => one.id === id);
      return result === undefined ? "–" : text(result);
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  const titles = ["of each file", ...COLUMNS.map(({ title }) => title)];
  return [`| ${titles.join(" | ")} |`, `| ${titles.map(() => "---").join(" | ")} |`, ...lines].join(
    "\n",
  );
}

function medianOf({ medianMs }: Result): string {
  return durationText(medianMs);
}

function memoryOf({ peakBytes }: Result): string {
  return peakBytes === null ? "–" : `${Math.round(peakBytes / 1e6)} MB`;
}
