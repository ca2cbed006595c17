import type { Rule } from "../finding.ts";

/** Nobody ran this before it was written. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);
/** As a sync allows it to timestamps. */
const SKEW_MS = 5 * 60_000;

/** The clock is right, as far as files can tell: policies by time depend on it. */
export const clock: Rule = {
  check: "clock",
  find: ({ nowMs, databases }) => {
    const cure = "Set the clock, best by NTP: timedatectl set-ntp true";
    if (nowMs < EARLIEST_MS) {
      const message = `This machine's clock says ${new Date(nowMs).toISOString()}, which is past.`;
      return [{ severity: "problem" as const, subject: null, message, cure }];
    }
    return databases
      .filter(({ modifiedMs }) => modifiedMs > nowMs + SKEW_MS)
      .map(({ given, modifiedMs }) => ({
        severity: "warning" as const,
        subject: given,
        message: `It was changed at ${new Date(modifiedMs).toISOString()}, which is yet to come: this clock is slow, or the one that wrote it is fast.`,
        cure,
      }));
  },
};
