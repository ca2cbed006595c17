import { readFileSync } from "node:fs";

/** A change to a file system, as the shim logged it. */
export type Change =
  | { readonly type: "create" | "mkdir"; readonly inode: string; readonly path: string }
  | {
      readonly type: "write";
      readonly inode: string;
      readonly offset: number;
      readonly bytes: Buffer;
    }
  | { readonly type: "truncate"; readonly inode: string; readonly size: number }
  | { readonly type: "sync"; readonly inode: string }
  | { readonly type: "unlink"; readonly path: string }
  | { readonly type: "rename"; readonly path: string; readonly to: string }
  /** The file system refused it; it has a number all the same. */
  | { readonly type: "none" };

/** Reads the shim's log: `kind inode offset length path`, then the bytes of a write. */
export function readDiskLog(path: string): Change[] {
  const log = readFileSync(path);
  const changes: Change[] = [];
  for (let at = 0; at < log.length;) {
    const end = log.indexOf(10, at);
    const line = log.toString("utf8", at, end);
    const [kind = "", inode = "", offset = "0", length = "0"] = line.split(" ", 4);
    const name = line.slice([kind, inode, offset, length].join(" ").length + 1);
    const bytes = kind === "write" ? log.subarray(end + 1, end + 1 + Number(length)) : Buffer.of();
    changes.push(toChange(kind, { inode, offset: Number(offset), bytes, name }));
    at = end + 1 + bytes.length;
  }
  return changes;
}

interface Fields {
  readonly inode: string;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly name: string;
}

function toChange(kind: string, { inode, offset, bytes, name }: Fields): Change {
  switch (kind) {
    case "create":
    case "mkdir":
      return { type: kind, inode, path: name };
    case "write":
      return { type: "write", inode, offset, bytes };
    case "truncate":
      return { type: "truncate", inode, size: offset };
    case "sync":
      return { type: "sync", inode };
    case "none":
      return { type: "none" };
    case "unlink":
      return { type: "unlink", path: name };
    case "rename": {
      const [path = "", to = ""] = name.split("\t");
      return { type: "rename", path, to };
    }
    default:
      throw new Error(`the log has a change of kind ${kind}`);
  }
}
