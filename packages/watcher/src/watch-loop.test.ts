import { SyncError } from "@sync/model";
import { expect, onTestFinished, test, vi } from "vitest";
import { SyncWatcher } from "./sync-watcher.ts";

const DAY_MS = 86_400_000;

test(
  "a clock that is set back keeps no pair from being tried again",
  { timeout: 60_000 },
  async () => {
    const { now } = Date;
    let setBackMs = 0;
    vi.spyOn(Date, "now").mockImplementation(() => now() - setBackMs);
    onTestFinished(() => void vi.restoreAllMocks());
    let tries = 0;
    await new Promise<void>((resolve) => {
      // Nothing is heard of the files, which are not there: only its time makes the pair be tried again.
      const target = {
        sync: async () => {
          tries += 1;
          if (tries > 1) resolve();
          return Promise.reject(new SyncError("SYNC_LOCKED", "somebody is quick"));
        },
      };
      const watcher = new SyncWatcher(target, {
        onEvent: ({ type }) => {
          // By now it is known when that is.
          if (type === "failed") setBackMs = DAY_MS;
        },
      });
      onTestFinished(async () => watcher.close());
      void watcher.watchPairs([["/nowhere/a.db", "/nowhere/b.db"]]);
    });
    expect(tries).toBe(2);
  },
);
