import { expect, test } from "vitest";
import { otherSide } from "./conflict.ts";

test("each side's other side is the other one", () => {
  expect(otherSide("a")).toBe("b");
  expect(otherSide("b")).toBe("a");
});
