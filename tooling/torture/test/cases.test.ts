import { expect, test } from "vitest";
import { savedCases } from "../src/cases/saved-case.ts";
import { play } from "../src/run/play.ts";

test.each([...savedCases()])("%s", async (_name, { scenario, invariant, open }) => {
  const { violations } = await play(scenario);
  if (open === undefined) {
    expect(violations).toEqual([]);
    return;
  }
  // A known defect of the product. When this fails it is mended: take `open` out of the file.
  expect(violations.map((one) => one.invariant)).toContain(invariant);
});
