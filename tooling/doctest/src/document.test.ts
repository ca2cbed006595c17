import { expect, it } from "vitest";
import { commentsIn, parseDocument } from "./document.ts";

it("finds blocks of code with what stands behind their language", () => {
  const { blocks } = parseDocument(
    "# T\n\n```ts sketch\nx\n```\n\n- in a list\n\n  ```sql\n  y\n  ```\n",
  );
  expect(blocks).toEqual([
    { language: "ts", meta: "sketch", text: "x", line: 3 },
    { language: "sql", meta: "", text: "y", line: 9 },
  ]);
});

it("finds links in text, tables and definitions, and none in code", () => {
  const { links } = parseDocument(
    "[a](a.md) `[no](no.md)`\n\n| x |\n| - |\n| [b](b.md#c) |\n\n[d]: d.md\n",
  );
  expect(links.map(({ target }) => target)).toEqual(["a.md", "b.md#c", "d.md"]);
});

it("names headings as GitHub does", () => {
  const { anchors } = parseDocument("# A `b`: c, d\n\n## X\n\n## X\n");
  expect([...anchors]).toEqual(["a-b-c-d", "x", "x-1"]);
});

it("finds what stands in the comments of a source, at its own line", () => {
  const source =
    "const x = 1;\n/**\n * Adds.\n *\n * ```ts\n * y();\n * ```\n */\nfunction y() {}\n/** One. */\n";
  expect(commentsIn(source)).toBe("\n\nAdds.\n\n```ts\ny();\n```\n\n\nOne.\n");
  expect(parseDocument(commentsIn(source)).blocks).toEqual([
    { language: "ts", meta: "", text: "y();", line: 5 },
  ]);
});
