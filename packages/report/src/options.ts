import { fileName } from "./html/words.ts";
import type { ValueLimits } from "./value/limits.ts";

/** What both kinds of pages take. */
export interface PageOptions {
  /** When it was, in milliseconds since the epoch; default now. */
  readonly timeMs?: number;
  /** The page ends after so many rows and says so: browsers do not open one of any size. Default 500,000. */
  readonly maxRows?: number;
  /**
   * Of a text longer than this in characters, or a blob in bytes, what is folded away is cut; the page
   * says how much. Default 2,000,000.
   */
  readonly maxValueLength?: number;
}

const MAX_ROWS = 500_000;
const MAX_VALUE_LENGTH = 2_000_000;

/** The options with their defaults. */
export function limitsOf(options: PageOptions): {
  readonly timeMs: number;
  readonly maxRows: number;
  readonly values: ValueLimits;
} {
  return {
    timeMs: options.timeMs ?? Date.now(),
    maxRows: options.maxRows ?? MAX_ROWS,
    values: { longest: options.maxValueLength ?? MAX_VALUE_LENGTH },
  };
}

/** The databases by their file names, where these tell them apart. */
export function namesOfSides({
  a,
  b,
}: {
  readonly a: string;
  readonly b: string;
}): [string, string] {
  const [nameA, nameB] = [fileName(a), fileName(b)];
  return nameA === nameB ? [a, b] : [nameA, nameB];
}
