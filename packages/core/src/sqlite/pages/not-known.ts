/**
 * Why the pages cannot tell what differs: something damaged, unexpected or changed meanwhile. Thrown from
 * deep within, and turned into the answer "don't know" in one place; the full scan answers then.
 */
export class NotKnown extends Error {
  override readonly name = "NotKnown";
}

/** A number or length that makes no sense leads out of a page (RangeError): the file is damaged. */
export function reasonOf(error: unknown): string {
  if (error instanceof NotKnown) return error.message;
  if (error instanceof RangeError) return "a page is damaged";
  if (error instanceof Error && "code" in error)
    return `a file cannot be read (${String(error.code)})`;
  throw error;
}
