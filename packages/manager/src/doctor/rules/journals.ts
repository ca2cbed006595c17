import type { DatabaseFacts } from "../facts.ts";
import type { Finding, Rule } from "../finding.ts";

/** SQLite folds a log into the file at about 4 MB; far beyond that, something keeps it from doing so. */
const LARGE_WAL_BYTES = 64 * 2 ** 20;

/** No crash has left a journal, and the log does not grow without end. */
export const journals: Rule = {
  check: "journals",
  find: ({ databases }) => databases.flatMap((database) => findings(database)),
};

function findings({
  given,
  walBytes,
  journalBytes,
  locks,
}: DatabaseFacts): Omit<Finding, "check">[] {
  const isInUse = locks === null || locks.holders.length > 0;
  const found: Omit<Finding, "check">[] = [];
  if (journalBytes !== null && journalBytes > 0 && !isInUse) {
    found.push({
      severity: "problem",
      subject: given,
      message:
        "A program that wrote to it was killed in the middle: there is a journal to roll back.",
      cure: "Keep the -journal file where it is; open the database once with its application, or run `dbsync sync`.",
    });
  }
  if (walBytes !== null && walBytes > 0 && !isInUse) {
    found.push({
      severity: "warning",
      subject: given,
      message:
        "The program that used it last did not close it: its newest rows stand in the -wal file.",
      cure: "Never move or copy the database without its -wal file. Opening and closing it with its application folds the log in.",
    });
  }
  if (walBytes !== null && walBytes > LARGE_WAL_BYTES) {
    found.push({
      severity: "warning",
      subject: given,
      message: `Its -wal file has ${Math.round(walBytes / 2 ** 20)} MB: a reader that never ends keeps SQLite from folding it in.`,
      cure: 'End the program that holds it open, then: sqlite3 FILE "PRAGMA wal_checkpoint(TRUNCATE)"',
    });
  }
  return found;
}
