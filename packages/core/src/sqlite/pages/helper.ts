import { parentPort } from "node:worker_threads";
import { HELPER_STATE } from "./helper-thread.ts";
import type { HelperTask } from "./helper-thread.ts";
import { openImage } from "./image.ts";
import { markPages } from "./mark-pages.ts";
import type { ImagePair } from "./mark-pages.ts";
import { pageMarks } from "./page-marks.ts";
import { openForGood, openRandomAccess } from "./random-access.ts";

// The program of the thread that helps with a scan. It has files of its own open, as long as it lives: nothing is
// shared but the memory for the marks, and which tables are taken.

const imagesFor = createImages();
// Only `startHelperThread` sends messages, and they are tasks.
parentPort?.on("message", (task: HelperTask) => void take(task));

async function take(task: HelperTask): Promise<void> {
  const { work } = task;
  if (work.type === "mark") {
    settle(task, (images) => markPages(images, pageMarks(work.memory)));
    return;
  }
  // Loaded late: marking can begin sooner, and where all pages are alike nothing else is left to do.
  const { scanShare } = await import("./scan-share.ts");
  settle(task, (images) => work.port.postMessage(scanShare(images, work)));
}

function settle(task: HelperTask, help: (images: ImagePair) => void): void {
  const state = new Int32Array(task.state);
  const { waiting, working, done, failed } = HELPER_STATE;
  if (Atomics.compareExchange(state, 0, waiting, working) !== waiting) return;
  let end: number = failed;
  try {
    help(imagesFor(task));
    end = done;
  } catch {
    // Why does not matter: not all of the work is done, and the other thread says so.
  }
  Atomics.store(state, 0, end);
  Atomics.notify(state, 0);
}

/** What one scan wants marked and scanned is opened once. */
function createImages(): (task: HelperTask) => ImagePair {
  let latest: { readonly scan: number; readonly images: ImagePair } | null = null;
  return ({ scan, request: { a, b }, filesStayOpen }) => {
    const openFile = filesStayOpen ? openForGood : openRandomAccess;
    if (latest?.scan !== scan) {
      latest = {
        scan,
        images: {
          a: openImage(a.path, a.identity, openFile),
          b: openImage(b.path, b.identity, openFile),
        },
      };
    }
    return latest.images;
  };
}
