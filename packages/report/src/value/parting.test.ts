import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partBytes, partTexts } from "./parting.ts";
import type { Stretch } from "./parting.ts";

function sideOf(stretches: readonly Stretch<string>[], side: "a" | "b"): string {
  return stretches
    .filter((one) => one.side === "both" || one.side === side)
    .map(({ content }) => content)
    .join("");
}

const word = fc.constantFrom(
  "cup",
  "pot",
  " ",
  "  ",
  "\n",
  "\t",
  ",",
  "e\u0301",
  "\u{1F600}",
  "\uD800",
  "\uDC00",
  "<b>",
  "",
);
const words = fc.array(word, { maxLength: 60 }).map((list) => list.join(""));
const texts = fc.oneof(
  fc.tuple(words, words),
  fc
    .tuple(words, words, words, words)
    .map(([start, a, b, end]) => [start + a + end, start + b + end] as const),
);

describe("where two texts part", () => {
  it("loses nothing of either", () => {
    fc.assert(
      fc.property(texts, ([a, b]) => {
        const parts = partTexts(a, b);
        expect(sideOf(parts, "a")).toBe(a);
        expect(sideOf(parts, "b")).toBe(b);
      }),
      { numRuns: 2000, endOnFailure: true },
    );
  });

  it("marks nothing in equal texts, and something in others", () => {
    fc.assert(
      fc.property(texts, ([a, b]) => {
        expect(partTexts(a, b).every(({ side }) => side === "both")).toBe(a === b);
      }),
      { numRuns: 2000, endOnFailure: true },
    );
  });

  it("tears no character and no accent apart", () => {
    const parts = partTexts("+49 30 12345 \u{1F600}", "+49 30 12345 \u{1F601}");
    expect(parts.map(({ content }) => content)).toEqual([
      "+49 30 12345 ",
      "\u{1F600}",
      "\u{1F601}",
    ]);
    expect(partTexts("number e", "number e\u0301").map(({ content }) => content)).toEqual([
      "number ",
      "e",
      "e\u0301",
    ]);
  });

  it("goes by words in longer texts, and takes neighbours together", () => {
    const parts = partTexts(
      "Meet Ada at half past nine in the Café Central, bring the folder.",
      "Meet Ada at quarter to ten in the Café Central, bring the folder.",
    );
    expect(parts.map(({ side, content }) => [side, content])).toEqual([
      ["both", "Meet Ada at "],
      ["a", "half past nine"],
      ["b", "quarter to ten"],
      ["both", " in the Café Central, bring the folder."],
    ]);
  });

  it("takes short texts that share little for two", () => {
    expect(partTexts("Ada", "Bea").map(({ content }) => content)).toEqual(["Ada", "Bea"]);
  });

  it("ends soon for texts of a megabyte that have nothing in common", () => {
    const [a, b] = ["ab ".repeat(350_000), "cd ".repeat(350_000)];
    expect(sideOf(partTexts(a, b), "a") === a).toBe(true);
  });
});

describe("where two blobs part", () => {
  it("loses nothing of either", () => {
    const bytes = fc.uint8Array({ max: 2, maxLength: 12 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const parts = partBytes(a, b);
        const of = (side: "a" | "b"): Buffer =>
          Buffer.concat(
            parts
              .filter((one) => one.side === "both" || one.side === side)
              .map(({ content }) => content),
          );
        expect(of("a").equals(a) && of("b").equals(b)).toBe(true);
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  });
});
