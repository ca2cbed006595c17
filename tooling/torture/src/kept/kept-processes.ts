import childProcess from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { lend } from "./lease.ts";
import { startTenant } from "./tenant.ts";
import type { Tenant } from "./tenant.ts";
import { kindOf } from "./program-kind.ts";

/** The processes that the product starts to read and to sync files, kept from one run to the next. */
export interface KeptProcesses {
  /** Runs something as the product does by itself: each process is started when it is asked for. */
  without<Result>(act: () => Promise<Result>): Promise<Result>;
  /** Those that wait for the next run. */
  idle(): readonly ChildProcess[];
  /** Ends all of them. */
  close(): void;
}

/** What one leaves behind in its memory must not be there for ever. */
const USES = 200;

type Spawn = typeof childProcess.spawn;

/**
 * From now on the product's own `spawn` of its small programs is answered by processes that are there
 * already: starting them takes most of the time of a short run. They are real ones, with the product's
 * program in them; what differs is that they have answered somebody else before.
 */
export function keepProcesses(): KeptProcesses {
  const spawn = childProcess.spawn;
  const idle = new Map<string, Tenant[]>();
  const all = new Set<Tenant>();
  let isOn = true;
  const take = (name: string, start: () => Tenant): Tenant => {
    const kept = idle.get(name)?.pop();
    if (kept !== undefined) return kept;
    const tenant = start();
    all.add(tenant);
    tenant.child.once("exit", () => {
      all.delete(tenant);
      idle.set(
        name,
        (idle.get(name) ?? []).filter((one) => one !== tenant),
      );
    });
    return tenant;
  };
  const lending = (
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ): ChildProcess => {
    const kind = isOn && command === process.execPath ? kindOf(args) : null;
    if (kind === null) return spawn(command, args, options);
    const tenant = take(kind.name, () => startTenant(spawn, kind, options));
    return lend(tenant, (isClean) => {
      tenant.uses += 1;
      if (!isClean || tenant.uses >= USES) {
        tenant.child.kill("SIGKILL");
        return;
      }
      idle.set(kind.name, [...(idle.get(kind.name) ?? []), tenant]);
    });
  };
  patch(lending as Spawn);
  return {
    without: async (act) => {
      isOn = false;
      try {
        return await act();
      } finally {
        isOn = true;
      }
    },
    idle: () => [...idle.values()].flat().map(({ child }) => child),
    close: () => {
      patch(spawn);
      for (const { child } of all) child.kill("SIGKILL");
    },
  };
}

function patch(spawn: Spawn): void {
  childProcess.spawn = spawn;
  syncBuiltinESMExports();
}
