/** A pair as a line between two places. */
export interface Link {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/**
 * The rings that pairs form, each as the names of its pairs in the order of the way around. Every pair
 * that lies on any ring is in one of those given. Pairs between the same two places form none.
 */
export function findRings(links: readonly Link[]): readonly (readonly string[])[] {
  const tree: Link[] = [];
  const rings: string[][] = [];
  for (const link of links) {
    const way = wayBetween(tree, link.a, link.b);
    if (way === null) tree.push(link);
    // A way of one pair is the same pair under another name.
    else if (way.length > 1) rings.push([link.name, ...way.map(({ name }) => name)]);
  }
  return rings;
}

/** The links from one place to another; `null` where there is no way. A tree has one way at most. */
function wayBetween(tree: readonly Link[], from: string, to: string): Link[] | null {
  if (from === to) return [];
  for (const link of tree) {
    const next = otherEnd(link, from);
    if (next === null) continue;
    const rest = wayBetween(
      tree.filter((other) => other !== link),
      next,
      to,
    );
    if (rest !== null) return [link, ...rest];
  }
  return null;
}

function otherEnd({ a, b }: Link, place: string): string | null {
  if (place === a) return b;
  return place === b ? a : null;
}
