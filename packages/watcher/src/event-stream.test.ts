import { expect, test } from "vitest";
import { createEventStream } from "./event-stream.ts";

test("gives events in order, whether they come before the reader or after", async () => {
  const { push, end, events } = createEventStream<number>(() => undefined);
  push(1);
  const first = await events.next();
  const second = events.next();
  push(2);
  push(3);
  end();
  push(4);
  expect([first, await second, await events.next(), await events.next()]).toEqual([
    { value: 1, done: false },
    { value: 2, done: false },
    { value: 3, done: false },
    { value: undefined, done: true },
  ]);
});

test("a reader that leaves is forgotten, and one that waits is let go", async () => {
  let hasLeft = false;
  const { push, events } = createEventStream<number>(() => {
    hasLeft = true;
  });
  push(1);
  for await (const event of events) {
    expect(event).toBe(1);
    break;
  }
  expect(hasLeft).toBe(true);
  expect(await events.next()).toEqual({ value: undefined, done: true });
});

test("a reader that never comes costs no more than ten thousand events", async () => {
  const { push, events } = createEventStream<number>(() => undefined);
  for (let number = 0; number < 10_005; number += 1) push(number);
  expect(await events.next()).toEqual({ value: 5, done: false });
});
