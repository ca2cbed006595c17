import { openImage } from "./image.ts";
import type { Image } from "./image.ts";
import { reasonOf } from "./not-known.ts";
import type { PageHash } from "./page-hash.ts";
import { openRandomAccess } from "./random-access.ts";
import type { OpenFile } from "./random-access.ts";
import type { ScannedFile } from "./scan-request.ts";

/** What is to be hashed: all pages of one database. Plain data: it travels to a thread. */
export interface HashRequest {
  readonly file: ScannedFile;
  /** The hashes that they had: only whether these are the same ones is wanted. `null`: the hashes are. */
  readonly remembered: Uint8Array | null;
}

export type HashAnswer =
  | {
      readonly type: "hashed";
      readonly pages: number;
      /** Every page has the hash that is remembered, and there are no others. */
      readonly areSame: boolean;
      /** Eight bytes a page, in the order of the file; `null` where it was only asked whether they are the same. */
      readonly hashes: Uint8Array | null;
    }
  | { readonly type: "not-known"; readonly reason: string };

/** Hashes pages of databases somewhere, at the same time; never rejects, it may be that nothing is known. */
export type HashPages = (requests: readonly HashRequest[]) => Promise<readonly HashAnswer[]>;

const HASH_BYTES = 8;

/** So many bytes are read at once: more is not faster. */
const CHUNK_BYTES = 2 ** 17;

/**
 * Hashes every page of a database as its readers see them, from the first to the last, whatever they hold: tables are not
 * looked for. That takes a third of the time of signing them (`sign-tree.ts`), and stops at the first page that is not as
 * it was. Must run where no SQLite connection is (SQLITE_NOTES 1), or with files that stay open, while the asker keeps a
 * read transaction open.
 */
export function hashPages(
  { file, remembered }: HashRequest,
  hash: PageHash,
  openFile: OpenFile = openRandomAccess,
): HashAnswer {
  let image: Image | null = null;
  try {
    image = openImage(file.path, file.identity, openFile);
    const pages = image.pageCount;
    const hashes = remembered === null ? new Uint8Array(pages * HASH_BYTES) : null;
    const isTold = remembered === null || remembered.length === pages * HASH_BYTES;
    const areSame = isTold && hashAll(image, hash, { remembered, hashes });
    image.verify();
    return { type: "hashed", pages, areSame: areSame && remembered !== null, hashes };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  } finally {
    image?.close();
  }
}

/** @returns false at the first page that is not as it was */
function hashAll(
  image: Image,
  hash: PageHash,
  { remembered, hashes }: Record<"remembered" | "hashes", Uint8Array | null>,
): boolean {
  const { pageSize } = image.header;
  const room = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const chunk = Buffer.allocUnsafeSlow(room * pageSize);
  // Made once: for each page anew, they would cost as much as hashing it.
  const places = Array.from({ length: room }, (_, at) =>
    chunk.subarray(at * pageSize, (at + 1) * pageSize),
  );
  const found = new BigUint64Array(room);
  for (let page = 0; page < image.pageCount; page += room) {
    const count = Math.min(room, image.pageCount - page);
    image.read(page + 1, chunk.subarray(0, count * pageSize));
    for (let at = 0; at < count; at++) found[at] = hash.of(places[at] ?? chunk);
    const bytes = new Uint8Array(found.buffer, 0, count * HASH_BYTES);
    hashes?.set(bytes, page * HASH_BYTES);
    if (remembered !== null && !isAt(remembered, page * HASH_BYTES, bytes)) return false;
  }
  return true;
}

function isAt(remembered: Uint8Array, at: number, bytes: Uint8Array): boolean {
  return Buffer.compare(remembered.subarray(at, at + bytes.length), bytes) === 0;
}
