import { readFileSync, readdirSync } from "node:fs";

/**
 * Memory of a process and all its descendants, in bytes; `null` where the system does not tell or the process is
 * gone. Pages that processes share are divided among them (PSS), so that the sum counts each page once.
 */
export function treeMemoryBytes(rootPid: number): number | null {
  const own = memoryBytes(rootPid);
  if (own === null) return null;
  return childrenOf(rootPid).reduce((sum, pid) => sum + (treeMemoryBytes(pid) ?? 0), own);
}

/** Linux alone shows it. */
function memoryBytes(pid: number): number | null {
  const text = readIfThere(`/proc/${pid}/smaps_rollup`);
  const kilobytes = text === null ? undefined : /^Pss:\s*(\d+) kB/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Processes that any of its threads started: a process counts as the child of the thread that did. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => {
    const text = readIfThere(`/proc/${pid}/task/${thread}/children`) ?? "";
    return text.split(" ").flatMap((word) => (word.trim() === "" ? [] : [Number(word)]));
  });
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended meanwhile, or the system has no such file.
    return null;
  }
}
