/**
 * Why the pages cannot tell what differs: something damaged, unexpected or changed meanwhile. Thrown from
 * deep within, and turned into the answer "don't know" in one place; the full scan answers then.
 */
export class NotKnown extends Error {
  override readonly name = "NotKnown";
}
