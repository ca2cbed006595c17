import { expect, it } from "vitest";
import { tableText } from "./table.ts";

const plain = (text: string): string => text;
const TABLE = {
  head: ["table", "rows"],
  rows: [
    ["customers", "1,204"],
    ["a_table_with_a_rather_long_name", "7"],
  ],
};

it("aligns names left and values right, without lines around them", async () => {
  expect(await tableText(TABLE, 80, plain)).toBe(
    [
      "table                             rows",
      "customers                        1,204",
      "a_table_with_a_rather_long_name      7",
    ].join("\n"),
  );
});

it("cuts names, never numbers, in a narrow window", async () => {
  const text = await tableText(TABLE, 24, plain);
  expect(text).toContain("1,204");
  expect(text).toContain("a_table_with_a_r…");
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(24);
});

it("keeps control characters of a hostile name out of the terminal", async () => {
  const rows = [["evil\u001B[2Jname", "1"]];
  expect(await tableText({ head: ["table", "rows"], rows }, 80, plain)).toContain("evil?[2Jname");
});

it("does not count colours as characters", async () => {
  const rows = [["t", "\u001B[32m+1\u001B[39m"]];
  const [head = ""] = (await tableText({ head: ["n", "→ a"], rows }, 80, plain)).split("\n");
  expect(head).toBe("n  → a");
});
