import { expect, test } from "vitest";
import { replayCase } from "../src/cases/replay-case.ts";
import { savedCases } from "../src/cases/saved-case.ts";

test.each([...savedCases()])("%s", { timeout: 60_000 }, async (_name, saved) => {
  const problems = await replayCase(saved);
  if (saved.open === undefined) {
    expect(problems).toEqual([]);
    return;
  }
  // A known defect of the product. When this fails it is mended: take `open` out of the file.
  expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${saved.invariant}:`)));
});
