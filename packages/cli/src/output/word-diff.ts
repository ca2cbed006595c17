import type { Terminal } from "./terminal.ts";
import { printableName } from "./text.ts";

/**
 * What became of a text, word by word: `The [-old-]{+new+} cat`, in colours where there are any. Long
 * stretches without a change are left out.
 */
export async function wordDiff(old: string, now: string, terminal: Terminal): Promise<string> {
  // Only long texts need it.
  const { diffWordsWithSpace } = await import("diff");
  const { colors } = terminal;
  const isColoured = colors.red("x") !== "x";
  return diffWordsWithSpace(old, now)
    .map(({ value, added, removed }, index, all) => {
      const text = printableLines(value);
      if (added) return isColoured ? colors.green(text) : `{+${text}+}`;
      if (removed) return isColoured ? colors.strikethrough(colors.red(text)) : `[-${text}-]`;
      return shorten(text, { isFirst: index === 0, isLast: index === all.length - 1 });
    })
    .join("");
}

/** So much of what did not change stands around a change. */
const AROUND = 40;

function shorten(
  text: string,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): string {
  const [before, after] = [isFirst ? 0 : AROUND, isLast ? 0 : AROUND];
  if (text.length <= before + after + 3) return text;
  return `${text.slice(0, before)} … ${after === 0 ? "" : text.slice(-after)}`;
}

/** Line breaks stay; other control characters must not reach the terminal. */
function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => printableName(line))
    .join("\n");
}
