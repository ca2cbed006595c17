import type { ChildProcessByStdio, SpawnOptions, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { ProgramKind } from "./program-kind.ts";

/** A process that stays, and is lent to one user after the other. */
export interface Tenant {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly kind: ProgramKind;
  uses: number;
}

export function startTenant(start: typeof spawn, kind: ProgramKind, options: SpawnOptions): Tenant {
  // Each of these programs is started with pipes for its input and output.
  const child = start(process.execPath, kind.args, {
    ...options,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  return { child, kind, uses: 0 };
}
