import type { SqlValue } from "@sync/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { text } from "./text.ts";

function merged(base: SqlValue, a: SqlValue, b: SqlValue): unknown {
  const answer = text.mergeColumn({ base, a, b });
  expect(text.mergeColumn({ base, a: b, b: a })).toEqual(answer);
  return "value" in answer ? answer.value : answer.problem;
}

describe("two edits of a text", () => {
  test.each([
    ["of different lines", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"],
    [
      "of different words in a line",
      "buy milk and tea",
      "buy oat milk and tea",
      "buy milk and coffee",
      "buy oat milk and coffee",
    ],
    [
      "in two places of several lines",
      "x\none two three\ny\n",
      "x\nONE two three\ny\n",
      "x\none two THREE\ny\nz\n",
      "x\nONE two THREE\ny\nz\n",
    ],
    ["that are partly the same", "a\nb\nc\nd\n", "A\nb\nc\nD\n", "A\nb\nc\nd\n", "A\nb\nc\nD\n"],
    ["with a deletion", "a\nb\nc\n", "b\nc\n", "a\nb\nC\n", "b\nC\n"],
    [
      "with words of an object's prototype",
      "constructor\n__proto__\ntoString\n",
      "x\n__proto__\ntoString\n",
      "constructor\n__proto__\ny\n",
      "x\n__proto__\ny\n",
    ],
    ["without a last line break", "a\nb\nc", "a\nb\nC", "A\nb\nc", "A\nb\nC"],
  ])("%s come together", (_name, ...[base, a, b, result]) => {
    expect(merged(base, a, b)).toBe(result);
  });

  test.each([
    ["of the same word", "milk", "oat", "soy"],
    ["of a number with a point", "10.5", "11.5", "10.7"],
    ["of neighbouring words", "red car", "blue car", "red bus"],
    ["at the same place", "a\n", "a\nx\n", "a\ny\n"],
    ["of what the other deleted", "a b c", "a c", "a B c"],
    ["that share nothing with the base", "", "x", "y"],
  ])("%s park", (_name, base, a, b) => {
    expect(merged(base, a, b)).toBe("was changed in the same place on both sides");
  });

  test.each<[string, SqlValue, SqlValue, SqlValue]>([
    ["NULL", "x", null, "y"],
    ["a base of NULL", null, "x", "y"],
    ["a number", "1", 2n, "3"],
    ["text that is not UTF-8", "a b c", "A b c", "a b \u{FFFD}"],
  ])("with %s park", (_name, base, a, b) => {
    expect(merged(base, a, b)).toMatch(/^(does not hold|holds text)/);
  });

  test("of long texts come together, and park where that would take minutes", () => {
    const linesOf = (length: number): string =>
      Array.from({ length }, (_, index) => `line ${index}\n`).join("");
    const [long, longer] = [linesOf(5000), linesOf(50_000)];
    expect(merged(long, `x\n${long}`, `${long}y\n`)).toBe(`x\n${long}y\n`);
    const [a, b] = [longer.replace("line 9\n", "x\n"), longer.replace("line 99\n", "y\n")];
    expect(merged(longer, a, b)).toBe(a.replace("line 99\n", "y\n"));
    const alike = "\n".repeat(5000);
    expect(merged(alike, `x${alike}`, `${alike}y`)).toBe("holds texts too long to be merged");
  });

  test("keep what only one side changed", () => {
    const texts = fc
      .array(fc.constantFrom("a", "b", "milk", " ", "\n"), { maxLength: 20 })
      .map((words) => words.join(""));
    fc.assert(
      fc.property(texts, texts, (base, edited) => {
        expect(merged(base, edited, base)).toBe(edited);
        expect(merged(base, edited, edited)).toBe(edited);
      }),
    );
  });

  test("make no word that nobody wrote", () => {
    const words = fc.array(fc.constantFrom("a ", "b ", "c ", "d\n", "e\n"), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, words, (base, a, b) => {
        const [o, x, y] = [base, a, b].map((list) => list.join("")) as [string, string, string];
        const answer = text.mergeColumn({ base: o, a: x, b: y });
        if ("problem" in answer) return;
        const written = new Set([...base, ...a, ...b].map((word) => word.trim()));
        for (const word of String(answer.value).split(/\s+/).filter(Boolean))
          expect(written).toContain(word);
      }),
    );
  });
});
