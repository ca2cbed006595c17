import type { Case } from "../generate/case.ts";

/** Parts of a case that can be left out one by one. */
const LISTS = ["editsA", "editsB", "rows", "setupA", "setupB", "schema"] as const;
type List = (typeof LISTS)[number];

/**
 * Leaves out of a failing case whatever it does not need to fail, until nothing more can go. Where
 * fast-check shrinks the choices behind a case, this works on a saved one, and on its single statements.
 *
 * @param fails - must answer the same each time; a case that cannot be built at all must answer false
 */
export async function reduceCase(
  testCase: Case,
  fails: (candidate: Case) => Promise<boolean>,
): Promise<Case> {
  let smallest = testCase;
  let before: Case;
  do {
    before = smallest;
    for (const list of LISTS) smallest = await reduceList(smallest, list, fails);
  } while (smallest !== before);
  return smallest;
}

/** From the end, since later statements lean on earlier ones. */
async function reduceList(
  testCase: Case,
  list: List,
  fails: (candidate: Case) => Promise<boolean>,
): Promise<Case> {
  let smallest = testCase;
  for (let at = testCase[list].length - 1; at >= 0; at -= 1) {
    const candidate = { ...smallest, [list]: smallest[list].filter((_, index) => index !== at) };
    if (await fails(candidate)) smallest = candidate;
  }
  return smallest;
}
