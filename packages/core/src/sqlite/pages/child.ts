import { readFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { startHelperThread } from "./helper-thread.ts";
import { scanPair } from "./scan.ts";
import type { ScanRequest } from "./scan-request.ts";
import { send } from "./send.ts";

// The program of a process that reads pages: it waits for one request on its standard input, and gives one
// answer on its standard output, with its length in front. Without a request it was not needed.

const STDIN = 0;

const helperFor = startHelperThread({ filesStayOpen: false });
const input = readFileSync(STDIN);
if (input.length > 0) {
  // Only `startPageScanner` starts this program, and writes nothing else.
  const request = deserialize(input) as ScanRequest;
  send(serialize(scanPair(request, { helper: helperFor(request) })));
}
// The thread may still be on its way.
process.exit();
