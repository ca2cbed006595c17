import { expect, test } from "vitest";
import { sustain } from "../src/live/sustained.ts";

// The minute of the bench in two seconds. No time is asserted, nor what depends on it: a log's size.
test.each(["wal", "delete"] as const)(
  "two applications that write all the time lose nothing and wait for nobody, in %s mode",
  async (journalMode) => {
    const report = await sustain({ journalMode, seconds: 2, rate: 50, isSynced: true });
    expect(report).toMatchObject({ busy: 0, lost: [], errors: [] });
    expect(report.convergedMs).not.toBeNull();
    expect(report.commits).toBeGreaterThan(100);
    expect(report.runs).toBeGreaterThan(0);
  },
  120_000,
);
