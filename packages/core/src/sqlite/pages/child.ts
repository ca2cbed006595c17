import { answerOnce } from "./answer-once.ts";
import { startHelperThread } from "./helper-thread.ts";
import { scanPair } from "./scan.ts";
import type { ScanRequest } from "./scan-request.ts";

// The program of a process that reads the pages of two databases.

const helperFor = startHelperThread({ filesStayOpen: false });
answerOnce((asked) => {
  // Only `startPageScanner` starts this program, and asks nothing else.
  const request = asked as ScanRequest;
  return scanPair(request, { helper: helperFor(request) });
});
