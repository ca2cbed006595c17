import { readFileSync } from "node:fs";

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

/** Processes that its main thread started; Node starts all of them there. */
function childrenOf(pid: number): number[] {
  const text = readIfThere(`/proc/${pid}/task/${pid}/children`) ?? "";
  return text.split(" ").flatMap((word) => (word.trim() === "" ? [] : [Number(word)]));
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It ended meanwhile, or the system has no such file.
    return null;
  }
}
