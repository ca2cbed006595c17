import { describe, expect, it } from "vitest";
import { pairHtml } from "./pair.ts";
import { valueHtml } from "./value.ts";

const LIMITS = { longest: 1_000_000 };

describe("a long value, folded", () => {
  it.each([0, 1])("tears no character apart, wherever the fold comes: %i", (before) => {
    const text = "x".repeat(before) + "\u{1F600}".repeat(600);
    const { text: shown } = valueHtml(text, LIMITS);
    expect(shown).toContain("<details");
    // Half a surrogate pair would stand as an escape.
    expect(shown).not.toContain("\\ud");
    const [a, b] = pairHtml(`${text}1${text}`, `${text}2${text}`, LIMITS);
    expect(`${a.text}${b.text}`).not.toContain("\\ud");
  });

  it("has what differs in sight", () => {
    const same = "word ".repeat(500);
    const [a, b] = pairHtml(`${same}old ${same}`, `${same}new ${same}`, LIMITS);
    const open = (text: string): string => text.replaceAll(/<details.*?<\/details>/gs, "");
    expect(open(a.text)).toContain("<del>old</del>");
    expect(open(b.text)).toContain("<ins>new</ins>");
    expect(open(a.text).length).toBeLessThan(600);
  });
});
