import type { Rule } from "../finding.ts";

/** Nobody keeps a database locked. */
export const locks: Rule = {
  check: "locks",
  find: ({ databases }) =>
    databases.flatMap(({ given, locks: held, probe }) => {
      const writers = held?.writers ?? [];
      const isLockedOut = probe.type === "failed" && probe.code === "SYNC_LOCKED";
      if (writers.length === 0 && !isLockedOut) return [];
      const who = writers.length === 0 ? "Another process" : `Process ${writers.join(", ")}`;
      return [
        {
          severity: "warning" as const,
          subject: given,
          message: `${who} keeps it locked${isLockedOut ? ", also for reading" : " for writing"}.`,
          cure:
            writers.length === 0
              ? "Wait until it is done, or end it."
              : `Wait until it is done, or end it. What it is: ps -p ${writers.join(",")}`,
        },
      ];
    }),
};
