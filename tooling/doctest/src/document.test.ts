import { expect, it } from "vitest";
import { parseDocument } from "./document.ts";

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
