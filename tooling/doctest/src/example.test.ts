import { expect, it } from "vitest";
import { brokenPromises, promisedOutput } from "./example.ts";

it("takes comments below a console.log as what it prints", () => {
  const example = "// not this\nconsole.log(x);\n// 1\n// 2\nconst y = 3;\n// nor this";
  expect(promisedOutput(example)).toEqual(["1", "2"]);
});

it("forgives line breaks, not other values or another order", () => {
  expect(brokenPromises(["{ a: 1, b: 2 }", "3"], "{\n  a: 1,\n  b: 2\n}\n3\n")).toEqual([]);
  expect(brokenPromises(["1"], "2")).toEqual(["1"]);
  expect(brokenPromises(["1", "2"], "2\n1")).toEqual(["2"]);
});
