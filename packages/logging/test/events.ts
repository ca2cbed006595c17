import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SyncEvent } from "@sync/model";
import { onTestFinished } from "vitest";
import { createLog } from "../src/index.ts";
import type { SyncLog, SyncLogOptions } from "../src/index.ts";

export const NOW_MS: number = Date.parse("2025-03-01T12:00:00Z");

/** An event of a run, some milliseconds after `NOW_MS`. */
export function eventAfter(ms: number, more: Partial<SyncEvent> = {}): SyncEvent {
  return {
    event: "sync_start",
    level: "info",
    timeMs: NOW_MS + ms,
    fields: { a: "a.db", b: "b.db" },
    ...more,
  };
}

/** Removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sync-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestLog extends SyncLog {
  readonly warnings: readonly string[];
}

/** A log that collects what it would say on stderr, and closes with the test. */
export function testLog(options: SyncLogOptions): TestLog {
  const warnings: string[] = [];
  const log = createLog({
    now: () => NOW_MS,
    warn: (text) => void warnings.push(text),
    ...options,
  });
  onTestFinished(async () => log.close());
  return { ...log, warnings };
}

export function linesOf(file: string): Record<string, unknown>[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
