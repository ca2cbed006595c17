import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLog } from "../src/index.ts";
import type { LogHook } from "../src/index.ts";
import { NOW_MS, eventAfter, linesOf, temporaryFolder, testLog } from "./events.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function logWith(logHook: LogHook): { file: string; log: ReturnType<typeof testLog> } {
  const file = join(temporaryFolder(), "x.log");
  return { file, log: testLog({ file, logHook }) };
}

it("a hook hears level, event and fields, without secrets", () => {
  const heard: unknown[] = [];
  const { log } = logWith((...args) => heard.push(args));
  log.write(eventAfter(0, { runId: "r1", fields: { key: "id=7", password: "x" } }));
  log.write(eventAfter(0, { level: "debug" }));
  expect(heard).toEqual([
    ["info", "sync_start", { key: "id=7", password: "***", timeMs: NOW_MS, runId: "r1" }],
  ]);
});

it.each<[string, LogHook, string]>([
  [
    "throws",
    () => {
      throw new Error("no pager at http://ann:pw@host");
    },
    "The log hook failed: no pager at http://***@host",
  ],
  ["rejects", () => Promise.reject(new Error("no pager")), "The log hook failed: no pager"],
  ["hangs", () => new Promise(() => {}), "The log hook failed: no answer within 5000 ms"],
])("a hook that %s is logged, and stops nothing", async (_, hook, message) => {
  let calls = 0;
  const { file, log } = logWith((...args) => {
    calls += 1;
    return calls === 1 ? hook(...args) : undefined;
  });
  log.write(eventAfter(0, { runId: "r1" }));
  log.write(eventAfter(1, { event: "sync_complete" }));
  await vi.advanceTimersByTimeAsync(5000);
  await log.close();
  const lines = linesOf(file);
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "error",
      event: "log_hook_error",
      runId: "r1",
      during: "sync_start",
      message,
    }),
  );
  expect(lines.map(({ event }) => event)).toContain("sync_complete");
});

it("closing waits for what the hook still does", async () => {
  let isSent = false;
  const { log } = logWith(async () => {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    isSent = true;
  });
  log.write(eventAfter(0));
  const closed = log.close().then(() => isSent);
  await vi.advanceTimersByTimeAsync(3000);
  expect(await closed).toBe(true);
});

it("a hook works without a file, and its failure then harms nobody", async () => {
  const heard: string[] = [];
  const log = createLog({
    file: null,
    logHook: (_level, event) => {
      heard.push(event);
      throw new Error("x");
    },
  });
  log.write(eventAfter(0));
  await log.close();
  expect(heard).toEqual(["sync_start"]);
});
