import { deserialize, serialize } from "node:v8";

/** In front of each message: its length, as a double. */
const LENGTH_BYTES = 8;

/** A message as bytes for a pipe. Anything that a structured clone can hold. */
export function packMessage(message: unknown): Buffer {
  const body = serialize(message);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeDoubleLE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts messages together again from the chunks of a pipe. */
export interface MessageReader {
  /** @returns the messages that are whole now */
  read(chunk: Buffer): unknown[];
}

export function createMessageReader(): MessageReader {
  let chunks: Buffer[] = [];
  let received = 0;
  return {
    read: (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      const messages: unknown[] = [];
      for (;;) {
        chunks = withWholeHead(chunks);
        const size = received < LENGTH_BYTES ? null : (chunks[0]?.readDoubleLE(0) ?? null);
        if (size === null || received < LENGTH_BYTES + size) return messages;
        const all = Buffer.concat(chunks);
        messages.push(deserialize(all.subarray(LENGTH_BYTES, LENGTH_BYTES + size)));
        chunks = [all.subarray(LENGTH_BYTES + size)];
        received -= LENGTH_BYTES + size;
      }
    },
  };
}

/**
 * The first chunk has the length, however the message was cut: else all of them would be put together for each that
 * comes, and a message of 40 MB takes eight seconds.
 */
function withWholeHead(chunks: Buffer[]): Buffer[] {
  const [first] = chunks;
  return first === undefined || first.length >= LENGTH_BYTES ? chunks : [Buffer.concat(chunks)];
}
