import fc from "fast-check";
import { expect, test } from "vitest";
import { tokenize } from "./tokenizer.ts";
import { nameOf, splitAtCommas, textOf } from "./tokens.ts";

function texts(sql: string): readonly string[] {
  return tokenize(sql).map((token) => token.text);
}

test("comments and white space are between tokens", () => {
  expect(texts("a--x'\nb/* ' -- */c /* open")).toEqual(["a", "b", "c"]);
  expect(texts("\t\f\r\n")).toEqual([]);
});

test.each([
  ["'it''s -- no /* comment'", "string"],
  ['"a""b"', "quoted"],
  ["`a``b`", "quoted"],
  ["[a ' b]", "quoted"],
  ["x'00fF'", "blob"],
  ["0x1F", "number"],
  ["1_000.5e-3", "number"],
  [".5", "number"],
  ["größe$1", "word"],
  ["_x", "word"],
  ["->>", "punctuation"],
  ["||", "punctuation"],
])("%s is one token: %s", (sql, type) => {
  expect(tokenize(sql)).toEqual([{ type, text: sql, start: 0, end: sql.length }]);
});

test("x before a name is a word, not a blob", () => {
  expect(texts("x 'a'")).toEqual(["x", "'a'"]);
  expect(texts("xy")).toEqual(["xy"]);
});

test("operators keep together, other punctuation does not", () => {
  expect(texts("a<>b!=c==d<=e>>f->'$'")).toEqual([
    "a",
    "<>",
    "b",
    "!=",
    "c",
    "==",
    "d",
    "<=",
    "e",
    ">>",
    "f",
    "->",
    "'$'",
  ]);
  expect(texts("((a.b));")).toEqual(["(", "(", "a", ".", "b", ")", ")", ";"]);
});

test("tokens of any text lie in order, at their places, and lose nothing but space and comments", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          "'",
          '"',
          "[",
          "]",
          "`",
          "-",
          "/",
          "*",
          "x",
          "1",
          ".",
          " ",
          "\n",
          "é",
          "𝄞",
          "(",
        ),
      ),
      (parts) => {
        const sql = parts.join("");
        let end = 0;
        for (const token of tokenize(sql)) {
          const gap = sql.slice(end, token.start);
          expect(gap).toMatch(/^(?:[ \n]|--[^\n]*|\/\*[^]*?(?:\*\/|$))*$/u);
          expect(sql.slice(token.start, token.end)).toBe(token.text);
          end = token.end;
        }
      },
    ),
  );
});

test("a long string does not overflow the stack", () => {
  const long = `'${"a''".repeat(1_000_000)}'`;
  expect(tokenize(long)).toHaveLength(1);
});

test("names lose their quotes in every style, numbers are no names", () => {
  expect(tokenize(`a "b""c" [d"e] \`f\`\`g\` 'h''i' 1`).map(nameOf)).toEqual([
    "a",
    'b"c',
    'd"e',
    "f`g",
    "h'i",
    null,
  ]);
});

test("text without comments stays on one line and means the same", () => {
  expect(textOf(tokenize("lower(a) -- why\n || 'x'/* y */|| b"))).toBe("lower(a) || 'x' || b");
});

test("only commas outside parentheses separate", () => {
  expect(splitAtCommas(tokenize("a, b(c, d), e")).map(textOf)).toEqual(["a", "b(c, d)", "e"]);
});
