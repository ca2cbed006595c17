import { SyncError } from "@sync/model";

/**
 * A point in time as a person says it: `2 hours ago`, `yesterday`, `2026-01-02`, `2026-01-02 10:00`. A
 * day without an hour begins at midnight.
 *
 * @returns milliseconds since the epoch
 * @throws SyncError SYNC_USAGE for what is no time
 */
export async function parseSince(text: string, nowMs: number): Promise<number> {
  // It knows many languages and dates, and takes its time to load.
  const { parse } = await import("chrono-node");
  const [found] = parse(text, new Date(nowMs), { forwardDate: false });
  if (found === undefined || found.text.length < text.trim().length) {
    throw new SyncError("SYNC_USAGE", `--since: \`${text}\` is no time.`, {
      next: 'Write it like "2 hours ago", "yesterday" or 2026-01-02.',
    });
  }
  const date = found.start.date();
  if (!found.start.isCertain("hour") && !/\bago\b/i.test(text)) date.setHours(0, 0, 0, 0);
  return date.getTime();
}
