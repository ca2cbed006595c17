import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { synchronize } from "../run/synchronize.ts";
import type { Ending } from "../run/synchronize.ts";
import type { SyncStep } from "../scenario.ts";
import { openUsers } from "./open-users.ts";
import type { UsersOrder } from "./open-users.ts";

/** What a process under the shim is told. */
export interface VictimOrder extends UsersOrder {
  readonly stateDir: string;
  readonly step: SyncStep;
  readonly tables: readonly string[] | null;
  /** How long the run waits for others; the product's own without it. */
  readonly busyTimeoutMs?: number;
  /** So much more memory may the process take from the moment at which the run begins. */
  readonly memoryKiB?: number;
  /** What the shim reads; it begins with the number of the last change. */
  readonly control: string;
}

/** What it says of itself. */
export interface Acted {
  /** Number of the last change before the run began. */
  readonly begin: number;
  readonly ending: Exclude<Ending, { type: "done" }> | { readonly type: "done" };
  /** Files of the pair that are still open in this process when all is over. */
  readonly left: readonly string[];
}

/** The users' edits, then one run beside their open applications. */
export async function actOut(order: VictimOrder): Promise<Acted> {
  // They stay open through the run.
  const users = openUsers(order);
  try {
    const begin = Number(readFileSync(order.control).readBigInt64LE());
    if (order.memoryKiB !== undefined) limitMemory(order.memoryKiB);
    const made = await synchronize(order, order.step, order.tables);
    for (const db of Object.values(users)) db.close();
    const ending = made.type === "done" ? { type: "done" as const } : made;
    return { begin, ending, left: openFiles(order) };
  } finally {
    for (const db of Object.values(users)) db.close();
  }
}

/** By a program of util-linux: Node cannot set limits of its own process. */
function limitMemory(moreKiB: number): void {
  const [pages = "0"] = readFileSync("/proc/self/statm", "utf8").split(" ");
  const bytes = Number(pages) * PAGE_BYTES + moreKiB * 1024;
  execFileSync("prlimit", ["--pid", String(process.pid), `--as=${bytes}:${bytes}`]);
}

/** Of Linux on the machines that this is for. */
const PAGE_BYTES = 4096;

const DESCRIPTORS = "/proc/self/fd";

function openFiles({ files, stateDir }: VictimOrder): string[] {
  const own = [...Object.values(files), stateDir];
  return readdirSync(DESCRIPTORS)
    .flatMap((name) => targetOf(name))
    .filter((path) => own.some((one) => path.startsWith(one)));
}

function targetOf(descriptor: string): string[] {
  try {
    return [readlinkSync(join(DESCRIPTORS, descriptor))];
  } catch {
    // The one by which the folder itself was read.
    return [];
  }
}
