import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EVENT_NAMES, SYNC_ERRORS } from "@sync/model";
import type { EventName, SyncErrorCode } from "@sync/model";
import { describe, expect, it } from "vitest";
import { exitCodeOfError } from "../src/exit-codes.ts";

// `SYNC_WRITE_DOCS=1` writes the pages instead of comparing them; `npm run format` then aligns their tables.
const WRITES = process.env["SYNC_WRITE_DOCS"] === "1";
const WRITTEN =
  "<!-- Written by packages/cli/test/reference.test.ts: SYNC_WRITE_DOCS=1 npm test -- packages/cli. -->";

describe("reference pages", () => {
  it("docs/errors.md has every code", () => expectPage("errors.md", errorsPage()));
  it("docs/events.md has every event", () => expectPage("events.md", eventsPage()));
});

function expectPage(name: string, expected: string): void {
  const file = fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
  if (WRITES) writeFileSync(file, expected);
  else expect(withoutAlignment(readFileSync(file, "utf8"))).toBe(withoutAlignment(expected));
}

function errorsPage(): string {
  // `Object.keys` gives string[]; the record has no other keys.
  const codes = Object.keys(SYNC_ERRORS) as SyncErrorCode[];
  const sections = codes.map((code) => {
    const { cause, data, next } = SYNC_ERRORS[code];
    return `## ${code}\n\n${cause} ${data}\n\n${next} Exit code ${exitCodeOfError(code)}.`;
  });
  return `# Errors

${WRITTEN}

Every error has a code that stays, a message that says what failed and where, and a next step. In a program it is a \`SyncError\` of \`@sync/model\`; \`dbsync\` prints it to stderr, and with \`--json\` also as a [document](json.md#error). \`dbsync explain CODE\` prints what stands here. Messages name tables and keys, never what rows hold, and no credentials.

${sections.join("\n\n")}
`;
}

const CONFLICT_FIELDS = "`table`, `key`, `kind`, `disputed`, `policy`, `winner`, `reason`";

/** When each is told, and what it carries beside `a`, `b` and the pair's name. */
const EVENTS: Readonly<Record<EventName, readonly [when: string, fields: string]>> = {
  sync_start: ["A run begins.", "`policy`, `direction`"],
  sync_complete: [
    "A run is done, and durable.",
    "`durationMs`, `conflicts`, `direction`, `dryRun`, `firstRun`, `tables`",
  ],
  sync_error: ["A run, a backup or a restore failed.", "`code`, `message`, `during`"],
  sync_retry: [
    "Another program or run is in the way; it is tried again.",
    "`code`, `message`, `attempt`",
  ],
  conflict_resolved: ["A conflict was decided, and no value lost.", CONFLICT_FIELDS],
  conflict_skip: ["A conflict was decided; what lost is in the ledger.", CONFLICT_FIELDS],
  conflict_parked: ["A conflict waits for a person.", CONFLICT_FIELDS],
  schema_mismatch: ["The tables are not of one shape; `sync_error` follows.", "`code`, `message`"],
  clock_skew: ["The sides' clocks, or their formats of time, are apart.", "`table`, `reason`"],
  lineage_alarm: ["A side went back to an older state; `sync_error` follows.", "`code`, `message`"],
  guard_stop: [
    "A guard stopped the run before it wrote; `sync_error` follows.",
    "`code`, `message`",
  ],
  log_hook_error: ["A log hook threw, rejected or did not settle in time.", "`during`, `message`"],
  backup_created: [
    "A backup was taken.",
    "`database`, `backup`, `kind`, `bytes`, `problems`, `removed`",
  ],
  restore_complete: [
    "A backup was put back.",
    "`database`, `backup`, `replaced`, `how`, `pairs`, `notices`",
  ],
  watch_start: ["A watcher looks after the pair from now on.", ""],
  watch_stop: ["It does no longer. One that is killed says nothing.", ""],
};

function eventsPage(): string {
  const rows = EVENT_NAMES.map((name) => `| \`${name}\` | ${EVENTS[name].join(" | ")} |`);
  return `# Events

${WRITTEN}

What happened, for a log or a hook. They go to \`logs/synchronization.log\` as lines of JSON; \`dbsync log\` reads them back, and a program hears them by \`onEvent\` of the engine and the manager, or by \`logHook\`. Every conflict is one event. Fields name keys, never what rows hold.

A line: \`{"level": "warn", "pid": 7, "time": "2026-01-02T10:05:00.000Z", "event": "conflict_skip", "runId": "…", "a": "…", "b": "…", "pair": "shop", …}\`.

| event | when | fields, beside \`a\`, \`b\` and \`pair\` |
| --- | --- | --- |
${rows.join("\n")}
`;
}

function withoutAlignment(text: string): string {
  return text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
}
