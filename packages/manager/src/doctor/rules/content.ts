import { pathForShell } from "@sync/model";
import type { DatabaseFacts } from "../facts.ts";
import type { Finding, Rule } from "../finding.ts";

/** The databases can be opened, every table can be synced, and both sides of a pair define the same. */
export const content: Rule = {
  check: "content",
  find: ({ databases, pairs }) => [
    ...databases.flatMap((database) => ofDatabase(database)),
    ...pairs.flatMap(({ name, a, b, stoppingDifferences }) =>
      stoppingDifferences === null || stoppingDifferences === 0
        ? []
        : [
            {
              severity: "problem" as const,
              subject: name,
              message: `Their tables are not the same: ${stoppingDifferences} ${stoppingDifferences === 1 ? "difference stops" : "differences stop"} a sync.`,
              cure: `See what, and how to level it: \`dbsync schema ${pathForShell(a)} ${pathForShell(b)}\``,
            },
          ],
    ),
  ],
};

/** Files that cannot be reached, and locks, are told by rules of their own. */
const TOLD_ELSEWHERE: readonly string[] = [
  "SYNC_DB_MISSING",
  "SYNC_NOT_A_FILE",
  "SYNC_PERMISSION",
  "SYNC_LOCKED",
  "SYNC_NEEDS_RECOVERY",
];

function ofDatabase({ given, probe }: DatabaseFacts): Omit<Finding, "check">[] {
  if (probe.type === "failed") {
    if (TOLD_ELSEWHERE.includes(probe.code)) return [];
    return [{ severity: "problem", subject: given, message: probe.message, cure: probe.next }];
  }
  return probe.unsupported.map(({ table, reason }) => ({
    severity: "warning",
    subject: given,
    message: `The table \`${table}\` cannot be synced: ${reason}.`,
    cure: "Choose the other tables with `--table`, or `tables` in the config.",
  }));
}
