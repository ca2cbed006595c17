import { describe, expect, it } from "vitest";
import { deviations, isRunnable, parseSession } from "./session.ts";

it("reads commands, over several lines too, with what they print", () => {
  const steps = parseSession('$ sqlite3 a.db \\\n  "SELECT 1"\n1\n$ npm test\nfine');
  expect(steps).toEqual([
    { command: 'sqlite3 a.db \\\n  "SELECT 1"', output: ["1"] },
    { command: "npm test", output: ["fine"] },
  ]);
  expect(steps.map(isRunnable)).toEqual([true, false]);
});

describe("deviations", () => {
  const step = { command: "dbsync diff a b", output: ["t  1", "…", "Done. (0.3 s)"] };
  const told = (output: string, exitCode = 0): string[] =>
    deviations(step, { exitCode, output }, "/f");

  it("are none where times, ids and spaces differ, or more is printed", () => {
    expect(told("head\nt   1\nmore\nDone. (12 s)\n", 1)).toEqual([]);
  });

  it("are lines that are not printed, or in another order", () => {
    expect(told("t  2\nDone. (1 s)")).toEqual(["not printed, or not in this order: t 1"]);
    expect(told("Done. (1 s)\nt  1")).toHaveLength(1);
  });

  it("are exit codes above 1 where no error is shown", () => {
    expect(told("t 1\nDone. (1 s)", 3)).toEqual(["it ended with 3"]);
    const error = { command: "dbsync x", output: ["dbsync: SYNC_USAGE: No."] };
    expect(deviations(error, { exitCode: 2, output: "dbsync: SYNC_USAGE: No." }, "/f")).toEqual([]);
  });

  it("do not come from the folder", () => {
    const open = { command: "dbsync x", output: ["a.db is fine"] };
    expect(deviations(open, { exitCode: 0, output: "/f/a.db is fine" }, "/f")).toEqual([]);
  });
});
