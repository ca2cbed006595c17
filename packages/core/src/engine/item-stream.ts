import { once } from "node:events";
import { PassThrough } from "node:stream";

/** Produces items until done; `give` settles when more are wanted, and rejects when nobody listens any more. */
export type Produce<Item> = (
  give: (items: readonly Item[]) => Promise<void>,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * Items as they are produced, no faster than they are used. Work begins with the first item asked for;
 * a consumer that stops early cancels it.
 *
 * @param signal - the caller's own, if there is one
 */
export async function* streamItems<Item>(
  produce: Produce<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const items = new PassThrough({ objectMode: true });
  const stopped = new AbortController();
  const either = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const give = async (chunk: readonly Item[]): Promise<void> => {
    for (const item of chunk) {
      if (!items.write(item)) await once(items, "drain", { signal: stopped.signal });
    }
  };
  produce(give, either).then(
    () => items.end(),
    (error: unknown) => items.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    // Only `give` writes to it.
    yield* items as AsyncIterable<Item>;
  } finally {
    stopped.abort();
  }
}
