import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { SyncError } from "@sync/model";
import type { SyncFiles } from "./durable.ts";

/**
 * Writes main files through to the disk from a process of its own: closing a descriptor of a database
 * in our process would drop every lock this process holds on it (SQLITE_NOTES 1).
 */
export interface FileSyncer {
  /** @throws SyncError SYNC_IO where one of them could not be synced */
  readonly sync: SyncFiles;
  /** Ends the process. Idempotent. */
  close(): void;
}

/** The program of that process: a line of JSON in (paths), a line of JSON out (`null` or a message). Ends with its input. */
const PROGRAM = `
  const fs = require("node:fs");
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    let failure = null;
    try {
      for (const path of JSON.parse(line)) {
        const file = fs.openSync(path, "r");
        try { fs.fsyncSync(file); } finally { fs.closeSync(file); }
      }
    } catch (error) { failure = String(error); }
    process.stdout.write(JSON.stringify(failure) + "\\n");
  });`;

type Child = ChildProcessByStdio<Writable, Readable, null>;

interface Waiting {
  readonly paths: readonly string[];
  readonly resolve: () => void;
  readonly reject: (error: SyncError) => void;
}

/** The process is started when it is first needed, and again should it have died. It keeps nobody alive. */
export function createFileSyncer(): FileSyncer {
  let child: Child | null = null;
  /** In the order of their requests, which is that of the answers. */
  let waiting: Waiting[] = [];
  const fail = (why: unknown): void => {
    const lost = waiting;
    child = null;
    waiting = [];
    for (const { paths, reject } of lost) reject(notSynced(paths, why));
  };
  const start = (): Child => {
    const started = startChild((answer) => {
      const next = waiting.shift();
      if (answer === null) next?.resolve();
      else next?.reject(notSynced(next.paths, answer));
      if (waiting.length === 0) setHeld(started, false);
    });
    started.on("error", fail);
    started.on("exit", (code, signal) => {
      if (child === started) fail(`the process ended with ${String(code ?? signal)}`);
    });
    // A request that its input does not take any more is answered by the end of the process.
    started.stdin.on("error", () => undefined);
    return started;
  };
  return {
    sync: async (paths) => {
      const running = (child ??= start());
      setHeld(running, true);
      return new Promise((resolve, reject) => {
        waiting.push({ paths, resolve, reject });
        running.stdin.write(`${JSON.stringify(paths)}\n`);
      });
    },
    close: () => {
      const ending = child;
      child = null;
      ending?.stdin.end();
    },
  };
}

function startChild(onAnswer: (answer: string | null) => void): Child {
  const child = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["pipe", "pipe", "ignore"] });
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    // Our own program's answers.
    for (const line of lines) onAnswer(JSON.parse(line) as string | null);
  });
  return child;
}

/** While an answer is awaited the event loop must not end; else the process is nobody's reason to stay. */
function setHeld(child: Child, isHeld: boolean): void {
  for (const one of [child, child.stdin, child.stdout]) {
    // Pipes of a child are sockets, which the stream types do not say.
    const handle = one as { ref?: () => void; unref?: () => void };
    if (isHeld) handle.ref?.();
    else handle.unref?.();
  }
}

function notSynced(paths: readonly string[], cause: unknown): SyncError {
  return new SyncError("SYNC_IO", `${paths.join(" and ")} could not be synced to the disk.`, {
    cause,
  });
}
