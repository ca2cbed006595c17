import type { Rule } from "../finding.ts";

/** The oldest Node that the packages are made for. */
const OLDEST_NODE = [20, 19] as const;
/** STRICT tables came with it; a database that has them cannot be read by older ones. */
const OLDEST_SQLITE = [3, 37] as const;

/** Node and SQLite are new enough. */
export const program: Rule = {
  check: "program",
  find: ({ node, databases }) => {
    const opened = databases.find(({ probe }) => probe.type === "opened")?.probe;
    const sqlite = opened?.type === "opened" ? opened.sqlite : null;
    return [
      ...(isOlder(node, OLDEST_NODE)
        ? [
            {
              severity: "problem" as const,
              subject: null,
              message: `This is Node ${node}, and dbsync is made for ${OLDEST_NODE.join(".")} and later.`,
              cure: "Install a newer Node: https://nodejs.org.",
            },
          ]
        : []),
      ...(sqlite !== null && isOlder(sqlite, OLDEST_SQLITE)
        ? [
            {
              severity: "problem" as const,
              subject: null,
              message: `SQLite ${sqlite} does not know STRICT tables.`,
              cure: "Install dbsync anew, with better-sqlite3 12.",
            },
          ]
        : []),
    ];
  },
};

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [one = 0, two = 0] = version.split(".").map(Number);
  return one < major || (one === major && two < minor);
}
