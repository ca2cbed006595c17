import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { describeTables } from "@sync/testkit";
import type { TableDescription } from "@sync/testkit";
import type { PolicyName } from "../policies.ts";
import { playSteps } from "../run/play.ts";
import { createWorld } from "../run/world.ts";
import type { World } from "../run/world.ts";
import type { Scenario } from "../scenario.ts";

/** Which file is damaged: a side, its log, or what we remember. */
export const TARGETS = ["a", "b", "a-wal", "b-wal", "state"] as const;
export type Target = (typeof TARGETS)[number];

/** A pair whose next run has something to do, that can be put back as it is now. */
export interface Scene {
  readonly world: World;
  readonly tables: readonly TableDescription[];
  readonly policy: PolicyName;
  reset(): void;
  /** `null` where the scene has no such file. */
  pathOf(target: Target): string | null;
  remove(): void;
}

/**
 * Plays a scenario up to its last run. Logs are kept as somebody's open application would leave them.
 *
 * @returns `null` for a scenario without a run
 */
export async function setScene(scenario: Scenario): Promise<Scene | null> {
  const lastRun = scenario.steps.findLastIndex(({ do: what }) => what === "sync");
  const step = scenario.steps[lastRun];
  if (step?.do !== "sync") return null;
  const world = createWorld(scenario);
  const origin = mkdtempSync(`${world.folder}-scene-`);
  try {
    const edits = scenario.steps.slice(0, lastRun).findLastIndex(({ do: what }) => what !== "edit");
    await playSteps(world, scenario.steps.slice(0, edits + 1));
    world.release();
    world.hold("a");
    world.hold("b");
    for (const one of scenario.steps.slice(edits + 1, lastRun)) {
      if (one.do === "edit") world.edit(one.side, one.sql);
    }
    cpSync(world.folder, origin, { recursive: true, filter: (path) => !path.endsWith("-shm") });
    world.release();
  } catch (error) {
    world.remove();
    rmSync(origin, { recursive: true, force: true });
    throw error;
  }
  const reset = (): void => {
    rmSync(world.folder, { recursive: true, force: true });
    cpSync(origin, world.folder, { recursive: true });
  };
  reset();
  return {
    world,
    tables: describeTables(world.files.a),
    policy: step.policy,
    reset,
    pathOf: (target) => pathOf(world, target),
    remove: () => {
      world.remove();
      rmSync(origin, { recursive: true, force: true });
    },
  };
}

function pathOf({ files, stateDir }: World, target: Target): string | null {
  const path =
    target === "state"
      ? stateFile(stateDir)
      : target.endsWith("-wal")
        ? `${files[target === "a-wal" ? "a" : "b"]}-wal`
        : files[target === "a" ? "a" : "b"];
  return path !== null && existsSync(path) && readFileSync(path).length >= 64 ? path : null;
}

function stateFile(stateDir: string): string | null {
  if (!existsSync(stateDir)) return null;
  const names = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
  const name = names.find((one) => one.endsWith("state.sqlite"));
  return name === undefined ? null : join(stateDir, name);
}

/** Every file of a world by its name, as a hash; empty logs and files that only carry locks are none (DESIGN §3.15). */
export function filesOf({ folder }: World): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/-shm$|lock/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const hashes = files.map((path): [string, string] => {
    const bytes = readFileSync(path);
    return [
      relative(folder, path),
      bytes.length === 0 ? "empty" : createHash("sha256").update(bytes).digest("hex"),
    ];
  });
  return new Map(hashes.filter(([name, hash]) => hash !== "empty" || !name.endsWith("-wal")));
}
