import type { Maybe } from "@sync/testkit";

/** What stands in one list and not in the other, each as often as it does, in words. */
export function listDifferences(
  expected: readonly string[],
  found: readonly string[],
): readonly string[] {
  return [
    ...without(expected, found).map((one) => `missing: ${one}`),
    ...without(found, expected).map((one) => `too much: ${one}`),
  ];
}

/** A row as a text that does not depend on the order of its columns. */
export function rowText(row: Maybe): string {
  if (row === null) return "absent";
  return JSON.stringify(
    Object.fromEntries(Object.entries(row).toSorted(([x], [y]) => (x < y ? -1 : 1))),
  );
}

function without(list: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const one of other) left.set(one, (left.get(one) ?? 0) + 1);
  return list.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}
