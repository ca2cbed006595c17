import type { Progress } from "@sync/model";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { plainTerminal } from "../test/plain-terminal.ts";
import { barText, createProgressReporter } from "./progress.ts";

const HALF: Progress = { phase: "write", table: "orders", done: 5, total: 10 };

describe("the progress bar", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("comes only after a second, and goes away", () => {
    const terminal = plainTerminal({ errorIsTerminal: true });
    const reporter = createProgressReporter("auto", terminal);
    reporter.onProgress(HALF);
    vi.advanceTimersByTime(999);
    expect(terminal.lines).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(terminal.lines).toEqual(["status:Writing orders ██████████░░░░░░░░░░ 50 %"]);
    reporter.stop();
    reporter.stop();
    vi.advanceTimersByTime(5000);
    expect(terminal.lines.slice(1)).toEqual(["status:"]);
  });

  it("leaves no trace of a short run", () => {
    const terminal = plainTerminal({ errorIsTerminal: true });
    createProgressReporter("auto", terminal).stop();
    vi.advanceTimersByTime(5000);
    expect(terminal.lines).toEqual([]);
  });

  it.each([
    ["auto", false],
    ["none", true],
  ] as const)("does not show with %s where the terminal is %s", (mode, errorIsTerminal) => {
    const terminal = plainTerminal({ errorIsTerminal });
    createProgressReporter(mode, terminal).onProgress(HALF);
    vi.advanceTimersByTime(5000);
    expect(terminal.lines).toEqual([]);
  });

  it("is one object a line for programs", () => {
    const terminal = plainTerminal();
    createProgressReporter("ndjson", terminal).onProgress(HALF);
    expect(terminal.lines.map((line) => JSON.parse(line) as unknown)).toEqual([HALF]);
  });
});

describe("barText", () => {
  it.each([20, 30, 45, 60, 100])("fits into %i characters", (width) => {
    const table = "a_table_with_a_rather_long_name";
    expect(barText({ ...HALF, table }, width).length).toBeLessThan(width);
    expect(barText({ ...HALF, table, total: 0 }, width).length).toBeLessThan(width);
  });

  it("never shows more than all", () => {
    expect(barText({ ...HALF, done: 12 }, 80)).toContain("100 %");
  });
});
