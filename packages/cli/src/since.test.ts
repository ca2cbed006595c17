import { describe, expect, it } from "vitest";
import { parseSince } from "./since.ts";

const NOW = new Date(2026, 5, 15, 12, 30);

describe("--since", () => {
  it.each([
    ["2 hours ago", new Date(2026, 5, 15, 10, 30)],
    ["3 days ago", new Date(2026, 5, 12, 12, 30)],
    ["yesterday", new Date(2026, 5, 14)],
    ["2026-01-02", new Date(2026, 0, 2)],
    ["2026-01-02 10:05", new Date(2026, 0, 2, 10, 5)],
    ["2026-01-02T10:05:00Z", new Date("2026-01-02T10:05:00Z")],
  ])("%s", async (text, time) => {
    expect(new Date(await parseSince(text, NOW.getTime()))).toEqual(time);
  });

  it.each(["soon", "2 hours ago or so", ""])("does not guess at %o", async (text) => {
    await expect(parseSince(text, NOW.getTime())).rejects.toMatchObject({ code: "SYNC_USAGE" });
  });
});
