import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { AnswerAt, Helper, Helping, SharedPages, TableShare } from "./helper-work.ts";
import { NotKnown } from "./not-known.ts";
import type { MarkMemory } from "./page-marks.ts";
import type { ScanRequest } from "./scan-request.ts";

/** How far the thread is: from waiting to working to one of the others, or called off while it waits. One Int32. */
export const HELPER_STATE = { waiting: 0, working: 1, done: 2, failed: 3, calledOff: 4 } as const;

/** What the thread is told. */
export interface HelperTask {
  /** Tells apart scans that one thread helps with. */
  readonly scan: number;
  readonly request: ScanRequest;
  readonly filesStayOpen: boolean;
  readonly state: SharedArrayBuffer;
  readonly work:
    | { readonly type: "mark"; readonly memory: MarkMemory }
    | {
        readonly type: "scan";
        readonly share: TableShare;
        readonly pages: SharedPages | null;
        /** Takes the answers, in one message. */
        readonly port: MessagePort;
      };
}

/** Starts the thread; it needs about a quarter of a process's time for that. */
export function startHelperThread({
  filesStayOpen,
}: Pick<HelperTask, "filesStayOpen">): (request: ScanRequest) => Helper {
  const worker = new Worker(new URL("./helper.js", import.meta.url), {
    trackUnmanagedFds: !filesStayOpen,
  });
  worker.unref();
  let scans = 0;
  return (request) => {
    const scan = ++scans;
    const begin = (work: HelperTask["work"], transfer: MessagePort[]): Helping<boolean> => {
      const state = new SharedArrayBuffer(4);
      const task: HelperTask = { scan, request, filesStayOpen, state, work };
      worker.postMessage(task, transfer);
      return { finish: () => waitFor(new Int32Array(state)) };
    };
    return {
      beginMarking: (memory) => {
        const helping = begin({ type: "mark", memory }, []);
        return { finish: () => void helping.finish() };
      },
      beginTables: (share, pages) => {
        const { port1, port2 } = new MessageChannel();
        const helping = begin({ type: "scan", share, pages, port: port2 }, [port2]);
        return {
          finish: () => {
            const answers: unknown = helping.finish() ? receiveMessageOnPort(port1)?.message : [];
            port1.close();
            // The thread sends nothing else.
            return answers as readonly AnswerAt[];
          },
        };
      },
    };
  };
}

/** @returns whether it took a share */
function waitFor(state: Int32Array): boolean {
  const { waiting, working, calledOff, done, failed } = HELPER_STATE;
  Atomics.compareExchange(state, 0, waiting, calledOff);
  Atomics.wait(state, 0, working);
  const end = Atomics.load(state, 0);
  if (end === failed) throw new NotKnown("a thread could not read the files");
  return end === done;
}
