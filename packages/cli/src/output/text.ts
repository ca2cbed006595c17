/** `1 row`, `1,204 rows`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${numberText(number)} ${number === 1 ? one : many}`;
}

/**
 * A whole number with its thousands apart: `1,204`. Not by `toLocaleString`, whose first call loads tables
 * for 25 ms.
 */
export function numberText(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** A duration for people: `0.3 s`, `12 s`, `2 min 5 s`. */
export function durationText(durationMs: number): string {
  if (durationMs < 9950) return `${(durationMs / 1000).toFixed(durationMs < 95 ? 2 : 1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Breaks lines between words, so that none is longer than `width` where that can be. Each line of
 * the text starts with `first`, those it is broken into with `rest`. No colour codes in the text.
 *
 * What stands between backticks is never broken: half of a command, pasted, would be another command.
 */
export function wrap(text: string, width: number, first = "", rest: string = first): string {
  const broken = text.split("\n").map((line) => wrapLine(line, width, { first, rest }));
  return broken.join("\n");
}

/** One with an even number of backticks behind it. */
const SPACE_OUTSIDE_CODE = / (?=(?:[^`]*`[^`]*`)*[^`]*$)/;

function wrapLine(
  text: string,
  width: number,
  { first, rest }: { readonly first: string; readonly rest: string },
): string {
  const lines: string[] = [];
  const [head = "", ...words] = text.split(SPACE_OUTSIDE_CODE);
  let line = first + head;
  for (const word of words) {
    if (line.length + 1 + word.length <= width) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = rest + word;
    }
  }
  return [...lines, line].join("\n");
}

/** Keeps a name out of the terminal's control: line breaks and escapes become `?`. */
export function printableName(name: string): string {
  return name.replace(/\p{Cc}/gu, "?");
}

/** What somebody else wrote, with a capital at its beginning and a full stop at its end. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}
