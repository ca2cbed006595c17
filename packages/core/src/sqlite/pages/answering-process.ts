import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMessageReader, packMessage } from "./message-stream.ts";

/** A process of ours that answers requests. */
export interface AnsweringProcess {
  /** Requests take turns. `null`: the process failed, or has ended. */
  ask(request: unknown): Promise<unknown>;
  /** Ends the process, whatever it does. Idempotent. */
  close(): void;
}

/** How often a program answers. `once`: after the end of its input, and it keeps us alive until then. */
export type Answers = "once" | "often";

/**
 * Starts a program that reads database files. It has no SQLite connection, so that closing a file there
 * drops nobody's locks (SQLITE_NOTES 1).
 *
 * @param program - a built program that speaks as `message-stream.ts` writes
 */
export function startAnswering(program: URL, answers: Answers): AnsweringProcess {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    // What a user wants loaded into their own program has no business in this one, and costs time.
    env: { ...process.env, NODE_OPTIONS: "", ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  // A program that forgets to close us shall end all the same.
  if (answers === "often") child.unref();
  let hasEnded = false;
  let waiting: ((answer: unknown) => void) | null = null;
  const give = (answer: unknown): void => {
    waiting?.(answer);
    waiting = null;
  };
  const end = (): void => {
    hasEnded = true;
    give(null);
  };
  child.once("error", end).once("close", end);
  const reader = createMessageReader();
  child.stdout.on("data", (chunk: Buffer) => {
    // The child sends nothing but answers.
    for (const answer of reader.read(chunk)) give(answer);
  });
  // A child that ended early does not read its input; the answer says so.
  child.stdin.on("error", () => undefined);
  const send = async (request: unknown): Promise<unknown> =>
    new Promise((resolve) => {
      if (hasEnded) {
        resolve(null);
        return;
      }
      waiting = resolve;
      child.stdin.write(packMessage(request));
      if (answers === "once") child.stdin.end();
    });
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ask: async (request) => {
      const answer = turn.then(async () => send(request));
      turn = answer;
      return answer;
    },
    close: () => void child.kill("SIGKILL"),
  };
}
