/** One reader's place in a stream of events. */
export interface EventStream<Event> {
  readonly push: (event: Event) => void;
  /** No more events come; what was pushed can still be read. */
  readonly end: () => void;
  readonly events: AsyncIterableIterator<Event, undefined>;
}

// A reader that forgot its iterator must not fill the memory of a watcher that runs for months.
const MOST_UNREAD = 10_000;

/**
 * Events for a reader that takes them one at a time. Those it has not taken yet are kept, the newest
 * ten thousand of them.
 *
 * @param onLeave - the reader takes no more
 */
export function createEventStream<Event>(onLeave: () => void): EventStream<Event> {
  const unread: Event[] = [];
  const readers: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
    for (const reader of readers.splice(0)) reader({ value: undefined, done: true });
  };
  const events: AsyncIterableIterator<Event, undefined> = {
    next: async () => {
      const [event] = unread;
      if (event !== undefined) {
        unread.shift();
        return { value: event, done: false };
      }
      if (hasEnded) return { value: undefined, done: true };
      return new Promise((resolve) => void readers.push(resolve));
    },
    return: async () => {
      unread.length = 0;
      end();
      onLeave();
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]: () => events,
  };
  return {
    push: (event) => {
      if (hasEnded) return;
      const reader = readers.shift();
      if (reader !== undefined) {
        reader({ value: event, done: false });
        return;
      }
      if (unread.length === MOST_UNREAD) unread.shift();
      unread.push(event);
    },
    end,
    events,
  };
}
