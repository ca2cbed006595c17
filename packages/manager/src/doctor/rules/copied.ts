import type { DatabaseFacts, PlaceFacts } from "../facts.ts";
import type { Finding, Rule } from "../finding.ts";

/** Nothing that is written to lies in a folder that Syncthing, Dropbox, OneDrive, iCloud or the like copies. */
export const copied: Rule = {
  check: "copied-folder",
  find: ({ databases, state, log }) => [
    ...databases.flatMap((database) => ofDatabase(database)),
    ...ofPlace(state, {
      severity: "problem",
      what: "What we remember about pairs belongs to one machine",
      cure: "Set SYNC_STATE_DIR to a folder of this machine only.",
    }),
    ...(log === null
      ? []
      : ofPlace(log, {
          severity: "warning",
          what: "Two machines would write one log, and the copies overwrite each other",
          cure: "Set SYNC_LOG_FILE to a path of this machine only.",
        })),
  ],
};

function ofDatabase({ given, place, walBytes, probe }: DatabaseFacts): Omit<Finding, "check">[] {
  if (place.copiedFolder === null) return [];
  const isLive = walBytes !== null || (probe.type === "opened" && probe.journalMode === "wal");
  return [
    {
      severity: isLive ? "problem" : "warning",
      subject: given,
      message: isLive
        ? `It is in WAL mode and lies in ${place.copiedFolder}, which is copied between machines: the file and its -wal are copied one by one, and the copy can be damaged.`
        : `It lies in ${place.copiedFolder}, which is copied between machines: a copy made in the middle of a write can be damaged, and two machines' edits end in conflicted copies.`,
      cure: "Work on a private file outside that folder, and pair it with this one: dbsync sync PRIVATE SHARED. Keep the shared one in rollback mode (PRAGMA journal_mode = DELETE).",
    },
  ];
}

function ofPlace(
  { path, copiedFolder }: PlaceFacts,
  {
    severity,
    what,
    cure,
  }: { readonly severity: Finding["severity"]; readonly what: string; readonly cure: string },
): Omit<Finding, "check">[] {
  if (copiedFolder === null) return [];
  const message = `It lies in ${copiedFolder}, which is copied between machines. ${what}.`;
  return [{ severity, subject: path, message, cure }];
}
