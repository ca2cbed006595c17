import type { DatabaseFacts, DoctorFacts } from "../facts.ts";
import type { Finding, Rule } from "../finding.ts";

/** There is room for the base (about one side), for journals and for a backup beside each database. */
export const space: Rule = {
  check: "space",
  find: (facts) => [
    ...stateSpace(facts),
    ...facts.databases.flatMap((database) => ownSpace(database)),
  ],
};

function stateSpace({ state, databases }: DoctorFacts): Omit<Finding, "check">[] {
  const wanted = Math.max(0, ...databases.map(({ bytes }) => bytes));
  if (state.freeBytes === null || state.freeBytes >= wanted) return [];
  return [
    {
      severity: "problem",
      subject: state.path,
      message: `There are ${megabytes(state.freeBytes)} left, and what is remembered of a pair takes about as much as its larger side: ${megabytes(wanted)}.`,
      cure: "Free some space, or set SYNC_STATE_DIR to a folder on a larger disk of this machine.",
    },
  ];
}

function ownSpace({ given, kind, bytes, place }: DatabaseFacts): Omit<Finding, "check">[] {
  if (kind !== "file" || place.freeBytes === null || place.freeBytes >= bytes) return [];
  return [
    {
      severity: "warning",
      subject: given,
      message: `There are ${megabytes(place.freeBytes)} left beside it: not enough for a journal of all of it, or a backup (${megabytes(bytes)}).`,
      cure: "Free some space on that disk.",
    },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 * 10 ? 1 : 0)} MB`;
}
