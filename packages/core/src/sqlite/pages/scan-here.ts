import { startHelperThread } from "./helper-thread.ts";
import { openForGood } from "./random-access.ts";
import type { ScanPages } from "./page-scanner.ts";

/**
 * Scans pages in this thread, beside the connections that it has, and in another one. Only for a process in which
 * nobody but us opens databases: each file that is read stays open until the process ends (decision 032).
 *
 * @param throwIfCancelled - asked before every read
 */
export function createScannerHere(): (throwIfCancelled: () => void) => ScanPages {
  const helperFor = startHelperThread({ filesStayOpen: true });
  // Loaded late: the thread is to start before that.
  const code = import("./scan.ts");
  // Should it fail, whoever scans is told.
  code.catch(() => undefined);
  return (throwIfCancelled) => async (request) => {
    const { scanPair } = await code;
    return scanPair(request, {
      helper: helperFor(request),
      openFile: openForGood,
      throwIfCancelled,
    });
  };
}
