import type { DatabaseFacts } from "../facts.ts";
import type { Finding, Rule } from "../finding.ts";

type Found = Omit<Finding, "check">;

/** The databases are there, and may be read and written with their folders. */
export const files: Rule = {
  check: "files",
  find: ({ databases, pairs, state, log }) => [
    ...databases.flatMap((database) => fileFindings(database)),
    ...pairs
      .filter(({ isSameFile }) => isSameFile)
      .map(({ name }) => problem(name, "Both sides are the same file.", "Name two databases.")),
    ...(state.isFolderWritable
      ? []
      : [
          problem(
            state.path,
            "The state folder cannot be written: a run could remember nothing.",
            "Change its permissions, or set SYNC_STATE_DIR to a folder of yours.",
          ),
        ]),
    ...(log === null || log.isFolderWritable
      ? []
      : [
          warning(
            log.path,
            "The log cannot be written.",
            "Change the permissions of its folder, or set SYNC_LOG_FILE.",
          ),
        ]),
  ],
};

function fileFindings({ given, kind, place, isReadable, isWritable }: DatabaseFacts): Found[] {
  if (kind === "missing") {
    return [
      problem(
        given,
        "There is no such file.",
        "Check the path; `dbsync sync --create` makes a missing side.",
      ),
    ];
  }
  if (kind === "other") {
    return [problem(given, "This is not a file.", "Name the database file itself.")];
  }
  if (place.mount?.isReadOnly === true) {
    return [
      problem(
        given,
        `The file system at ${place.mount.point} is mounted read-only: it can be compared, not synced.`,
        "Mount it for writing, or sync a copy.",
      ),
    ];
  }
  if (!isReadable) {
    return [problem(given, "It may not be read.", `Run as its owner, or: chmod u+rw ${given}`)];
  }
  if (!isWritable) {
    return [problem(given, "It may not be written.", `Run as its owner, or: chmod u+w ${given}`)];
  }
  if (!place.isFolderWritable) {
    return [
      problem(
        given,
        "Its folder may not be written, and SQLite makes its journal there.",
        "Change the permissions of the folder, or move the database.",
      ),
    ];
  }
  return [];
}

function problem(subject: string, message: string, cure: string): Found {
  return { severity: "problem", subject, message, cure };
}

function warning(subject: string, message: string, cure: string): Found {
  return { severity: "warning", subject, message, cure };
}
