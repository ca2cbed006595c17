import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventName } from "@sync/model";
import { describe, expect, it } from "vitest";
import { readLog } from "../src/index.ts";
import type { LogEntry, ReadLogOptions } from "../src/index.ts";
import { NOW_MS, eventAfter, temporaryFolder, testLog } from "./events.ts";

async function numbersIn(options: ReadLogOptions): Promise<unknown[]> {
  const numbers: unknown[] = [];
  for await (const { fields } of readLog(options)) numbers.push(fields["i"]);
  return numbers;
}

/** Numbered events in several files. */
function rotatedLog(count: number): string {
  const file = join(temporaryFolder(), "x.log");
  const log = testLog({ file, maxBytes: 500, maxFiles: 50 });
  for (let i = 0; i < count; i++) log.write(eventAfter(i, { fields: { i } }));
  return file;
}

describe("readLog", () => {
  it("gives entries across files that were put aside, the oldest first", async () => {
    const file = rotatedLog(30);
    expect(await numbersIn({ file })).toEqual(Array.from({ length: 30 }, (_, i) => i));
    const entries: LogEntry[] = [];
    for await (const entry of readLog({ file })) entries.push(entry);
    expect(entries[0]).toEqual({
      timeMs: NOW_MS,
      level: "info",
      event: "sync_start",
      pid: process.pid,
      fields: { i: 0 },
    });
  });

  it("begins where it is told to", async () => {
    const file = rotatedLog(30);
    expect(await numbersIn({ file, sinceMs: NOW_MS + 27 })).toEqual([27, 28, 29]);
  });

  it("chooses events and pairs", async () => {
    const file = join(temporaryFolder(), "x.log");
    const log = testLog({ file });
    const events: EventName[] = ["sync_start", "sync_error", "conflict_skip", "sync_start"];
    for (const [i, event] of events.entries()) {
      const fields = i === 3 ? { i, a: "y", b: "x" } : { i, pair: `p${i % 2}`, a: "x", b: "y" };
      log.write(eventAfter(i, { event, fields }));
    }
    expect(await numbersIn({ file, events: ["sync_error", "conflict_skip"] })).toEqual([1, 2]);
    expect(await numbersIn({ file, pair: "p0" })).toEqual([0, 2]);
    expect(await numbersIn({ file, pair: { a: "x", b: "y" } })).toEqual([0, 1, 2, 3]);
    expect(await numbersIn({ file, pair: { a: "x", b: "z" } })).toEqual([]);
  });

  it("leaves out what is torn or not ours, and reads a last line without its end", async () => {
    const file = rotatedLog(2);
    const [first = "", second = ""] = readFileSync(file, "utf8").split("\n");
    const other = '["x"]\n{"time":"never","level":"info","event":"sync_start"}\nnull';
    writeFileSync(file, `${first}\n${first.slice(0, 40)}\n\n${other}\n${second}`);
    expect(await numbersIn({ file })).toEqual([0, 1]);
    writeFileSync(file, `${first}\n${second.slice(0, 60)}`);
    expect(await numbersIn({ file })).toEqual([0]);
  });

  it("reads letters of several bytes that lie across two reads", async () => {
    const file = join(temporaryFolder(), "x.log");
    const log = testLog({ file, maxBytes: 1e9 });
    const message = "é😀".repeat(30_001);
    log.write(eventAfter(0, { fields: { message } }));
    for await (const { fields } of readLog({ file })) expect(fields["message"]).toBe(message);
  });

  it("finds nothing in a log that is not there", async () => {
    expect(await numbersIn({ file: join(temporaryFolder(), "none.log") })).toEqual([]);
  });
});

describe("following a log", () => {
  it("gives what comes, across files that are put aside, until it is aborted", async () => {
    const file = join(temporaryFolder(), "x.log");
    const log = testLog({ file, maxBytes: 300, maxFiles: 50 });
    const controller = new AbortController();
    const seen: unknown[] = [];
    log.write(eventAfter(0, { fields: { i: 0 } }));
    const options = { file, follow: true, signal: controller.signal, pollMs: 1 };
    for await (const { fields } of readLog(options)) {
      const i = Number(fields["i"]);
      seen.push(i);
      // Several files are put aside between two looks.
      if (i % 10 === 0)
        for (let n = 1; n <= 10; n++) log.write(eventAfter(n, { fields: { i: i + n } }));
      if (i === 40) controller.abort();
    }
    expect(seen).toEqual(Array.from({ length: 41 }, (_, i) => i));
  });

  it("waits for a log that is not there yet, and for the end of a line", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "x.log");
    const source = rotatedLog(2);
    const [first = "", second = ""] = readFileSync(source, "utf8").split("\n");
    const controller = new AbortController();
    const seen: LogEntry[] = [];
    const options = { file, follow: true, signal: controller.signal, pollMs: 1 };
    const entries = readLog(options)[Symbol.asyncIterator]();
    const one = entries.next();
    writeFileSync(join(folder, "new"), `${first}\n${second.slice(0, 30)}`);
    renameSync(join(folder, "new"), file);
    seen.push((await one).value as LogEntry);
    const two = entries.next();
    appendFileSync(file, `${second.slice(30)}\n`);
    seen.push((await two).value as LogEntry);
    const end = entries.next();
    controller.abort();
    expect((await end).done).toBe(true);
    expect(seen.map(({ fields }) => fields["i"])).toEqual([0, 1]);
  });
});
