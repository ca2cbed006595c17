import type { Conflict, Decision } from "@sync/model";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { NOW_MS, note, noteConflict } from "../test/conflicts.ts";
import type { MergeContext, MergeFunction } from "./merge-function.ts";
import { ResolverPolicy } from "./resolver-policy.ts";

const context = { nowMs: NOW_MS };

/** Lets a function answer anything, as one written in JavaScript may. */
function answering(answer: unknown, changes: Partial<Conflict> = {}): Promise<Decision> {
  return new ResolverPolicy(() => answer as never, { name: "mine" }).decide(
    noteConflict(changes),
    context,
  );
}

function throwAnything(thrown: unknown): never {
  throw thrown;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("an answer", () => {
  test("of a or b takes that side", async () => {
    expect(await answering("a")).toEqual({
      type: "take",
      side: "a",
      reason: 'The policy "mine" takes this side.',
    });
    expect(await answering("b")).toMatchObject({ type: "take", side: "b" });
  });

  test("of a row is written", async () => {
    const row = { id: 7n, body: "both" };
    expect(await answering(row)).toEqual({
      type: "write",
      row,
      reason: 'The policy "mine" merges the two rows.',
    });
    expect(await answering(Promise.resolve(row))).toMatchObject({ type: "write", row });
  });

  test.each<Decision>([
    { type: "take", side: "a", reason: "a is right" },
    { type: "write", row: { id: 7n, body: "both" }, reason: "merged" },
    { type: "delete", reason: "gone" },
    { type: "park", reason: "ask Ada" },
  ])("of a decision is passed on with its reason: $type", async (decision) => {
    expect(await answering(decision)).toEqual(decision);
  });

  test("of rekey is passed on for two new rows under a generated key, and only there", async () => {
    const rekey = { type: "rekey", side: "b" };
    const kind = "insert/insert";
    expect(await answering(rekey, { kind })).toMatchObject(rekey);
    expect(await answering({ type: "rekey" }, { kind })).toMatchObject({ cause: "invalid" });
    expect(await answering(rekey, { kind, generatedKey: false })).toMatchObject({
      type: "park",
      cause: "invalid",
    });
  });

  test("of park keeps its cause, if it is one", async () => {
    const parked = { type: "park", reason: "The clocks differ.", cause: "clock-skew" };
    expect(await answering(parked)).toEqual(parked);
    expect(await answering({ ...parked, cause: "mood" })).not.toHaveProperty("cause");
  });

  test.each([undefined, null])("of %s parks", async (nothing) => {
    expect(await answering(nothing)).toEqual({
      type: "park",
      reason: 'The policy "mine" gave no answer.',
    });
  });

  test("is read as a row where it holds the key, although a column is called type", async () => {
    const event = { id: 7n, type: "delete" };
    expect(
      await answering(event, { a: event, b: { id: 7n, type: "take" }, disputed: ["type"] }),
    ).toMatchObject({
      type: "write",
      row: event,
    });
  });

  test("is read as a decision where the key column is called type and holds something else", async () => {
    const changes = {
      key: { type: "book" },
      a: { type: "book", n: 1n },
      b: { type: "book", n: 2n },
      disputed: ["n"],
    };
    expect(await answering({ type: "take", side: "a" }, changes)).toMatchObject({
      type: "take",
      side: "a",
    });
  });

  test("may spell the key as either side does", async () => {
    const changes = {
      key: { name: "Ada" },
      a: { name: "Ada", n: 1n },
      b: { name: "ada", n: 2n },
      disputed: ["n"],
    };
    expect(await answering({ name: "ada", n: 3n }, changes)).toMatchObject({ type: "write" });
  });

  test("may leave out the timestamp, and with one version only, all that stays as it is", async () => {
    const inserts = { kind: "insert/insert", disputed: ["body", "updated_at"] } as const;
    expect(await answering({ id: 7n, body: "x" }, inserts)).toMatchObject({ type: "write" });
    const deleted = { kind: "update/delete", b: null, disputed: ["body", "updated_at"] } as const;
    expect(await answering({ id: 7n, updated_at: 5n }, deleted)).toMatchObject({ type: "write" });
  });

  test("is never read as a row where the row has no key", async () => {
    expect(await answering({ type: "take", side: "b" }, { key: {} })).toMatchObject({
      type: "take",
    });
    expect(await answering({ type: "write", row: { body: "x" } }, { key: {} })).toMatchObject({
      type: "park",
    });
  });

  test("with any value SQLite has is written unchanged", async () => {
    const row = { id: 7n, body: Infinity, updated_at: new Uint8Array([0, 255]) };
    expect(await answering(row)).toMatchObject({ type: "write", row });
  });
});

describe("an answer that cannot be carried out is parked with the reason", () => {
  test.each([
    ["a word that is no side", "c", "string"],
    ["a number", 5, "number"],
    ["an empty object", {}, "neither a decision nor a row"],
    ["a list", ["a"], "neither a decision nor a row"],
    ["an unknown decision", { type: "merge" }, "neither a decision nor a row"],
    ["take without a side", { type: "take", side: "left" }, "without a side"],
    ["a decision of another version", { type: "split", side: "a" }, "neither a decision nor a row"],
    ["write without a row", { type: "write" }, "without a row"],
    ["a row without its key", { type: "write", row: { body: "x" } }, "conflict's key"],
    ["a bare row without its key", { body: "x" }, "neither a decision nor a row"],
    ["a row with another key", { type: "write", row: { id: 8n, body: "x" } }, "conflict's key"],
    [
      "a key of another storage class",
      { type: "write", row: { id: 7, body: "x" } },
      "conflict's key",
    ],
    ["an unknown column", { id: 7n, body: "x", colour: "red" }, 'column "colour"'],
    ["a boolean", { id: 7n, body: true }, 'column "body"'],
    ["undefined in a column", { id: 7n, body: undefined }, 'column "body"'],
    ["NaN", { id: 7n, body: Number.NaN }, "NaN"],
    ["an integer past 64 bits", { id: 7n, body: 2n ** 63n }, "64 bits"],
    ["a disputed column left out", { id: 7n, updated_at: 5n }, '"body", which is in dispute'],
    ["a reason that is not a text", { type: "delete", reason: 5 }, "reason"],
    ["rekey for a row that is not new", { type: "rekey", side: "a" }, "two new rows"],
  ])("%s", async (_name, answer, reason) => {
    const decision = await answering(answer);
    expect(decision).toMatchObject({ type: "park", cause: "invalid" });
    expect(decision.reason).toContain(reason);
  });

  test.each([
    ["an error", new Error("no\n such   price")],
    ["a text", "no such price"],
  ])("%s that is thrown or rejected", async (_name, thrown) => {
    const parked = {
      type: "park",
      reason: 'The policy "mine" failed: no such price',
      cause: "failed",
    };
    const throwing = new ResolverPolicy(() => throwAnything(thrown), { name: "mine" });
    const rejecting = new ResolverPolicy(() => Promise.reject(thrown), { name: "mine" });
    expect(await throwing.decide(noteConflict(), context)).toEqual(parked);
    expect(await rejecting.decide(noteConflict(), context)).toEqual(parked);
  });

  test("something thrown that has no message, and an answer that throws when it is read", async () => {
    const bare: unknown = Object.create(null);
    const trap = new Proxy({}, { ownKeys: () => throwAnything(bare) });
    expect(await answering(Promise.reject(bare))).toMatchObject({ type: "park" });
    expect(await answering(trap)).toMatchObject({ type: "park" });
  });
});

describe("the time limit", () => {
  test("parks, and tells the function through its signal", async () => {
    vi.useFakeTimers();
    let seen: MergeContext | undefined;
    const policy = new ResolverPolicy(
      (_conflict, given) => {
        seen = given;
        return new Promise(() => {});
      },
      { name: "slow", timeoutMs: 50 },
    );
    const decision = policy.decide(noteConflict(), context);
    await vi.advanceTimersByTimeAsync(49);
    expect(seen?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await decision).toEqual({
      type: "park",
      reason: 'The policy "slow" failed: no answer within 50 ms.',
      cause: "failed",
    });
    expect(seen?.signal.aborted).toBe(true);
    expect(seen?.nowMs).toBe(NOW_MS);
  });

  test("is ten seconds by default", async () => {
    vi.useFakeTimers();
    const decision = new ResolverPolicy(() => new Promise(() => {})).decide(
      noteConflict(),
      context,
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await decision).reason).toContain("within 10000 ms");
  });

  test("leaves no timer behind once the answer is there", async () => {
    vi.useFakeTimers();
    await answering(Promise.resolve("a"));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the function", () => {
  test("gets copies it can neither change nor leak changes through", async () => {
    const conflict = noteConflict({ a: note("x", new Uint8Array([1])) });
    const before = structuredClone(conflict);
    const meddling: MergeFunction = ({ a }) => {
      if (a?.["updated_at"] instanceof Uint8Array) a["updated_at"][0] = 9;
      (a as { body: string }).body = "changed";
      return "a";
    };
    expect(await new ResolverPolicy(meddling).decide(conflict, context)).toMatchObject({
      type: "park",
    });
    expect(conflict).toEqual(before);
  });

  test("sees rows by the type its author gives them", async () => {
    interface Note {
      readonly id: bigint;
      readonly body: string;
    }
    const policy = new ResolverPolicy<Note>(({ base, a, b }) => {
      expectTypeOf(base).toEqualTypeOf<Note | null>();
      return a && b ? { ...a, body: `${a.body}, ${b.body}` } : undefined;
    });
    expect(await policy.decide(noteConflict(), context)).toMatchObject({
      type: "write",
      row: { body: "milk and bread, oat milk" },
    });
  });
});

describe("options", () => {
  test("name and version stand on the policy", () => {
    expect(new ResolverPolicy(() => "a", { name: "stock", version: "2" })).toMatchObject({
      name: "stock",
      version: "2",
    });
    expect(new ResolverPolicy(() => "a").name).toBe("custom");
  });

  test("of a policy that adds up say that it needs a tree of pairs", () => {
    expect(new ResolverPolicy(() => "a", { needsTree: true }).needsTree).toBe(true);
    expect(new ResolverPolicy(() => "a").needsTree).toBe(false);
  });

  test.each([{ name: "" }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }, { timeoutMs: 2 ** 31 }])(
    "that cannot work are refused: %o",
    (options) => {
      expect(() => new ResolverPolicy(() => "a", options)).toThrow(
        expect.objectContaining({ code: "SYNC_USAGE" }),
      );
    },
  );

  test("a missing function is refused", () => {
    expect(() => new ResolverPolicy(undefined as never)).toThrow(
      expect.objectContaining({ code: "SYNC_USAGE" }),
    );
  });
});
