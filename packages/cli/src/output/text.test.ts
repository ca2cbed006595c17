import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { count, durationText, listText, wrap } from "./text.ts";

describe("words and numbers", () => {
  it("count in the singular and the plural", () => {
    expect([0, 1, 2, 12_345].map((n) => count(n, "row"))).toEqual([
      "0 rows",
      "1 row",
      "2 rows",
      "12,345 rows",
    ]);
  });

  it("join a list as a sentence does", () => {
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map((parts) => listText(parts))).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });

  it("tell a duration as people do", () => {
    expect([4, 320, 9949, 12_400, 59_999, 125_000].map((ms) => durationText(ms))).toEqual([
      "0.00 s",
      "0.3 s",
      "9.9 s",
      "12 s",
      "1 min 0 s",
      "2 min 5 s",
    ]);
  });
});

describe("wrap", () => {
  it("breaks between words and indents what follows", () => {
    expect(wrap("- one two three", 10, "", "  ")).toBe("- one two\n  three");
    expect(wrap("one two\nthree", 5, "> ")).toBe("> one\n> two\n> three");
  });

  it("leaves a word alone that is too long", () => {
    expect(wrap("a /long/path/to/file b", 8)).toBe("a\n/long/path/to/file\nb");
  });

  it("keeps a command whole, so that it can be pasted", () => {
    expect(wrap("To see it, `dbsync diff 'my a.db' b.db` shows all.", 14)).toBe(
      "To see it,\n`dbsync diff 'my a.db' b.db`\nshows all.",
    );
  });

  it("breaks nothing where nothing wraps", () => {
    expect(wrap("one two three", Number.POSITIVE_INFINITY, "  ")).toBe("  one two three");
  });

  it("keeps every word, and no line is too long", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/));
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 80 }), (all, width) => {
        const lines = wrap(all.join(" "), width).split("\n");
        expect(lines.join(" ")).toBe(all.join(" "));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
