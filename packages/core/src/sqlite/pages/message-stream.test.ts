import fc from "fast-check";
import { expect, it, onTestFinished, vi } from "vitest";
import { createMessageReader, packMessage } from "./message-stream.ts";

/** The bytes in pieces, cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % bytes.length), bytes.length])];
  at.sort((one, other) => one - other);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function plain(message: unknown): unknown {
  return message instanceof Uint8Array ? [...message] : message;
}

it("messages come through whole, wherever the pipe cuts them", () => {
  const message = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string(), fc.constant(null));
  const property = fc.property(
    fc.array(message, { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(500), { maxLength: 20 }),
    (messages, places) => {
      const reader = createMessageReader();
      const pieces = cut(Buffer.concat(messages.map(packMessage)), places);
      const found = pieces.flatMap((piece) => reader.read(piece));
      expect(found.map(plain)).toEqual(messages.map(plain));
    },
  );
  fc.assert(property, { endOnFailure: true });
});

it("a large message is put together once, also behind another one", () => {
  const reader = createMessageReader();
  expect(reader.read(packMessage("first"))).toEqual(["first"]);
  const large = packMessage(new Uint8Array(4_000_000));
  const concat = vi.spyOn(Buffer, "concat");
  onTestFinished(() => concat.mockRestore());
  const places = Array.from({ length: 61 }, (_, place) => place * 65_536);
  const found = cut(large, places).flatMap((piece) => reader.read(piece));
  expect(found).toHaveLength(1);
  const copied = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
  expect(copied).toBeLessThan(2 * large.length);
});
