import { TRUNK } from "./format.ts";
import type { Image } from "./image.ts";
import { readPage } from "./page-reader.ts";

/**
 * The pages that hold nothing at present (1.5): trunk pages, each with the next one and the numbers of
 * some leaf pages. One page at a time; a list that bites its own tail ends after as many trunks as there
 * are pages.
 */
export function* freePages(image: Image): Generator<number> {
  let trunk = image.header.freelist;
  for (let seen = 0; trunk !== 0 && seen < image.pageCount; seen++) {
    const { view } = readPage(image, trunk);
    yield trunk;
    const leaves = view.getUint32(TRUNK.count);
    for (let leaf = 0; leaf < leaves; leaf++) yield view.getUint32(TRUNK.leaves + 4 * leaf);
    trunk = view.getUint32(TRUNK.next);
  }
}
