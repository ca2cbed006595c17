import xxhash from "xxhash-wasm";

/**
 * Hashes bytes to 64 bits: XXH64 (https://xxhash.com), 2.5 to 3 GB/s in WebAssembly. That a page which
 * changed has the hash of one of a million others happens once in 10^13 changed pages.
 */
export interface PageHash {
  of(bytes: Uint8Array): bigint;
  /** Of parts that come one after the other. */
  ofParts(parts: Iterable<Uint8Array>): bigint;
}

/** Compiles the function, which takes about a millisecond. */
export async function loadPageHash(): Promise<PageHash> {
  const module = await xxhash();
  return {
    of: (bytes) => module.h64Raw(bytes),
    ofParts: (parts) => {
      const hash = module.create64();
      for (const part of parts) hash.update(part);
      return hash.digest();
    },
  };
}
