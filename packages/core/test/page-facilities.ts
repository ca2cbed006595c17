import { createOwnFacilities } from "../src/engine/facilities.ts";
import type { RunFacilities } from "../src/engine/facilities.ts";
import { loadPageHash } from "../src/sqlite/pages/page-hash.ts";
import { signDatabase } from "../src/sqlite/pages/sign.ts";

const hash = await loadPageHash();

/**
 * For runs that read pages in this process, which is not for anybody with locks to lose: here nobody else
 * is. (The program of the process that does it otherwise is there only when it is built.)
 */
export function facilitiesHere(): RunFacilities {
  return {
    ...createOwnFacilities(),
    pages: {
      sign: async (requests) => requests.map((request) => signDatabase(request, hash)),
      follows: false,
      expect: () => undefined,
    },
  };
}
