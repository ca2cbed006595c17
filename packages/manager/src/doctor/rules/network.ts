import type { PlaceFacts } from "../facts.ts";
import type { Rule } from "../finding.ts";

/** File systems on another machine, by the name that the kernel gives them, and FUSE ones by their program. */
const NETWORK =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|9p|afs|afpfs|ceph|glusterfs|davfs|webdav|ncpfs|vboxsf|prl_fs|virtiofs|fuse\.(?:sshfs|rclone|s3fs|gvfsd-fuse|glusterfs|davfs2|vmhgfs-fuse|google-drive-ocamlfuse|onedriver))$/;

/** Nothing lies on another machine: locks and shared memory do not reach there (https://www.sqlite.org/useovernet.html). */
export const network: Rule = {
  check: "network",
  find: ({ databases, state }) => {
    const places: (PlaceFacts & { readonly subject: string })[] = [
      ...databases.map(({ given, place }) => ({ ...place, subject: given })),
      { ...state, subject: state.path },
    ];
    return places.flatMap(({ subject, mount }) =>
      mount === null || !NETWORK.test(mount.type)
        ? []
        : [
            {
              severity: "warning" as const,
              subject,
              message: `It lies on a network file system (${mount.type} at ${mount.point}), where SQLite's locks cannot be relied on.`,
              cure: "Work on a copy on a disk of this machine, and sync that copy with this file when nobody else writes to it.",
            },
          ],
    );
  },
};
