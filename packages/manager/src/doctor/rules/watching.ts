import type { Rule } from "../finding.ts";

/** What other programs of a desktop have left over, at least. */
const SPARE_WATCHES = 512;

/** The system lets us watch the folders of all pairs. */
export const watching: Rule = {
  check: "watching",
  find: ({ inotifyWatches, pairs }) => {
    const wanted = 2 * pairs.length + SPARE_WATCHES;
    if (inotifyWatches === null || inotifyWatches >= wanted) return [];
    return [
      {
        severity: "warning" as const,
        subject: null,
        message: `The system lets a user watch ${inotifyWatches} files and folders; editors and desktops need most of them.`,
        cure: "As root: sysctl fs.inotify.max_user_watches=65536, and the same line in /etc/sysctl.d to keep it.",
      },
    ];
  },
};
