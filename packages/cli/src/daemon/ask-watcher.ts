import { createConnection } from "node:net";
import type { ControlAnswer, ControlRequest } from "./control.ts";

// Answering takes a millisecond; a process that was stopped or hangs does not answer at all.
const PATIENCE_MS = 5000;

/** Asks a watcher; `null` where it does not answer. */
export async function askWatcher(
  socket: string,
  request: ControlRequest,
): Promise<ControlAnswer | null> {
  return new Promise((resolve) => {
    let text = "";
    const connection = createConnection(socket);
    const end = (answer: ControlAnswer | null): void => {
      connection.destroy();
      resolve(answer);
    };
    connection.setEncoding("utf8");
    connection.setTimeout(PATIENCE_MS, () => end(null));
    connection.once("error", () => end(null));
    connection.once("connect", () => void connection.write(`${JSON.stringify(request)}\n`));
    connection.on("data", (chunk: string) => {
      text += chunk;
    });
    connection.once("end", () => end(answerIn(text)));
  });
}

function answerIn(text: string): ControlAnswer | null {
  try {
    // The other end is our own program, behind a socket that only its owner can open.
    return JSON.parse(text) as ControlAnswer;
  } catch {
    return null;
  }
}
