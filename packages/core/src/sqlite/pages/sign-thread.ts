import { parentPort } from "node:worker_threads";
import { loadPageHash } from "./page-hash.ts";
import { signDatabase } from "./sign.ts";
import type { SignRequest } from "./sign.ts";

// The program of the thread that signs one of two databases. It has files of its own open.

const hash = await loadPageHash();
// Only `sign-child.ts` sends messages, and they are requests.
parentPort?.on("message", (request) =>
  parentPort?.postMessage(signDatabase(request as SignRequest, hash)),
);
