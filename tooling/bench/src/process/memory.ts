import { readdirSync, readFileSync } from "node:fs";

/** Where Linux shows each process; elsewhere memory is not measured. */
const PROC = "/proc";

/**
 * Resident memory of a process and all its descendants, in bytes; `null` where the system does not
 * tell or the process is gone. Pages shared between them are counted in each.
 */
export function treeMemoryBytes(rootPid: number): number | null {
  if (process.platform !== "linux") return null;
  const processes = readdirSync(PROC)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStatus(Number(name)))
    .filter((status) => status !== null);
  const root = processes.find(({ pid }) => pid === rootPid);
  if (root === undefined) return null;
  const tree = [root];
  // The list grows while it is walked: children of children are found, too.
  for (const parent of tree) tree.push(...processes.filter(({ ppid }) => ppid === parent.pid));
  return tree.reduce((sum, { bytes }) => sum + bytes, 0);
}

interface Status {
  readonly pid: number;
  readonly ppid: number;
  readonly bytes: number;
}

function readStatus(pid: number): Status | null {
  try {
    const text = readFileSync(`${PROC}/${pid}/status`, "utf8");
    const numberAfter = (label: string): number =>
      Number(new RegExp(`^${label}:\\s*(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { pid, ppid: numberAfter("PPid"), bytes: numberAfter("VmRSS") * 1024 };
  } catch {
    // It ended between the listing and the reading.
    return null;
  }
}
