import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathForShell } from "./path-for-shell.ts";

/** What a shell makes of words, each ended by a NUL. */
function readBy(shell: string, words: readonly string[]): string[] {
  if (words.length === 0) return [];
  const script = `printf '%s\\0' ${words.join(" ")}`;
  return execFileSync(shell, ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

describe("pathForShell", () => {
  it.each([
    ["shop.sqlite", "shop.sqlite"],
    ["my shop.sqlite", "'my shop.sqlite'"],
    ["it's.db", String.raw`'it'\''s.db'`],
    ["$HOME.db", "'$HOME.db'"],
    ["-x.db", "./-x.db"],
    ["- x.db", "'./- x.db'"],
    ["~/x.db", "'~/x.db'"],
    ["=x.db", "'=x.db'"],
    ["", "''"],
    ["a\nb.db", String.raw`$'a\nb.db'`],
    ["\u001B[2J.db", String.raw`$'\033[2J.db'`],
  ])("%j is typed as %s", (path, word) => {
    expect(pathForShell(path)).toBe(word);
  });

  // One process for many paths: a path cannot hold a NUL, nor half of a character.
  const path = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...Array.from("'\"\\$`!*?~ -=\n\t\r\u001B\u0085é7")),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
    })
    .filter((text) => !text.includes("\0"));

  // As people may call their files, however unwise.
  const meant = (text: string): string => (text.startsWith("-") ? `./${text}` : text);
  const paths = fc.array(path, { minLength: 1, maxLength: 60 });

  it("is read as the path by bash, whatever the path", () => {
    fc.assert(
      fc.property(paths, (all) => {
        expect(readBy("bash", all.map(pathForShell))).toEqual(all.map(meant));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it("is read as the path by every sh, without control characters", () => {
    fc.assert(
      fc.property(paths, (all) => {
        const plain = all.filter((text) => !/\p{Cc}/u.test(text));
        expect(readBy("sh", plain.map(pathForShell))).toEqual(plain.map(meant));
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});
