/** Where one message ends and the next begins. */
export interface FrameCounter {
  /** @returns the messages that are whole now, without what marks their length */
  add(chunk: Buffer): Buffer[];
  /** Nothing of a message that is not whole is there. */
  isBetween(): boolean;
}

/** In front of each message: its length, as a double (`message-stream.ts` of core). */
export const LENGTH_BYTES = 8;

export function createFrameCounter(): FrameCounter {
  return createCounter((bytes) => {
    if (bytes.length < LENGTH_BYTES) return null;
    const end = LENGTH_BYTES + bytes.readDoubleLE();
    return end <= bytes.length ? { from: LENGTH_BYTES, end } : null;
  });
}

/** Each line is a message. */
export function createLineCounter(): FrameCounter {
  return createCounter((bytes) => {
    const end = bytes.indexOf(10);
    return end < 0 ? null : { from: 0, end: end + 1 };
  });
}

export function frameOf(message: Uint8Array): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeDoubleLE(message.length);
  return Buffer.concat([head, message]);
}

interface Found {
  readonly from: number;
  readonly end: number;
}

function createCounter(next: (bytes: Buffer) => Found | null): FrameCounter {
  let rest: Buffer = Buffer.alloc(0);
  return {
    add: (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const messages: Buffer[] = [];
      for (let found = next(rest); found !== null; found = next(rest)) {
        messages.push(rest.subarray(found.from, found.end));
        rest = rest.subarray(found.end);
      }
      return messages;
    },
    isBetween: () => rest.length === 0,
  };
}
