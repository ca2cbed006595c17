import { describe, expect, test } from "vitest";
import { namePattern } from "./name-pattern.ts";

describe("a pattern for names", () => {
  test.each([
    ["orders", "orders"],
    ["Orders", "oRDERS"],
    ["order_*", "order_lines"],
    ["*", "price/unit"],
    ["*", ".hidden"],
    ["{price,cost}", "Cost"],
    ["!audit_*", "orders"],
    ["p?ice", "price"],
    ["[draft] notes", "[draft] notes"],
    ['order "lines" *', 'order "lines" 2024'],
    ["***", "***"],
  ])("%s means %s", (pattern, name) => {
    expect(namePattern(pattern)(name)).toBe(true);
  });

  test.each([
    ["order", "orders"],
    ["order_*", "orders"],
    ["!audit_*", "audit_log"],
    ["price.", "prices"],
  ])("%s does not mean %s", (pattern, name) => {
    expect(namePattern(pattern)(name)).toBe(false);
  });

  test.each(["", 5 as never])("must be a text: %o", (pattern) => {
    expect(() => namePattern(pattern)).toThrow(expect.objectContaining({ code: "SYNC_USAGE" }));
  });
});
