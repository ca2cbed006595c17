import { parentPort } from "node:worker_threads";
import { createFollowers } from "./follow/followers.ts";
import { loadPageHash } from "./page-hash.ts";
import type { SignRequest } from "./sign.ts";

// The program of the thread that signs one of two databases. It has files of its own open.

const followers = createFollowers(await loadPageHash());
// Only `sign-child.ts` sends messages, and they are requests.
parentPort?.on("message", (requests) =>
  parentPort?.postMessage((requests as readonly SignRequest[]).map(followers.answer)),
);
