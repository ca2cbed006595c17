import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import type { ControlAnswer, ControlRequest } from "./control.ts";
import { parseRequest } from "./control.ts";
import { makeSocketPlace } from "./socket-place.ts";

/** A watcher's ear. */
export interface ControlServer {
  readonly socket: string;
  close(): Promise<void>;
}

// A request names pairs at most; whoever sends more, or says nothing, is not `dbsync`.
const LONGEST_REQUEST = 1_000_000;
const SILENCE_MS = 5000;

/** Takes commands from the same user on this machine, until it is closed. */
export async function serveControl(
  stateDir: string,
  answer: (request: ControlRequest) => ControlAnswer,
): Promise<ControlServer> {
  const place = await makeSocketPlace(stateDir);
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once("close", () => void connections.delete(connection));
    converse(connection, answer);
  });
  server.listen(place.path);
  await once(server, "listening");
  if (process.platform !== "win32") chmodSync(place.path, 0o600);
  return {
    socket: place.path,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
      place.remove();
    },
  };
}

function converse(connection: Socket, answer: (request: ControlRequest) => ControlAnswer): void {
  let text = "";
  connection.setEncoding("utf8");
  connection.setTimeout(SILENCE_MS, () => void connection.destroy());
  // Who asks may go away at any time.
  connection.on("error", () => undefined);
  connection.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end === -1 && text.length < LONGEST_REQUEST) return;
    const request = end === -1 ? null : parseRequest(text.slice(0, end));
    connection.removeAllListeners("data");
    connection.end(`${JSON.stringify(request === null ? NOT_UNDERSTOOD : answer(request))}\n`);
  });
}

const NOT_UNDERSTOOD: ControlAnswer = {
  type: "refused",
  message: "It does not understand that: it is of another version.",
};
