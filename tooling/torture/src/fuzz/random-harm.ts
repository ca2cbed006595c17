import { readFileSync } from "node:fs";
import type { Chance } from "./chance.ts";
import { DATABASE_DAMAGES } from "./database-damages.ts";
import type { Harm } from "./judge-damage.ts";
import { TARGETS } from "./scene.ts";
import type { Scene } from "./scene.ts";
import { WAL_DAMAGES } from "./wal-damages.ts";

/** @returns one way to damage one file of a scene, or `null`: this choice leads to none */
export function randomHarm(scene: Scene, chance: Chance): Harm | null {
  const target = chance.of(TARGETS);
  const path = scene.pathOf(target);
  if (path === null) return null;
  const damages = target.endsWith("-wal") ? WAL_DAMAGES : DATABASE_DAMAGES;
  const kind = chance.of(Object.keys(damages));
  const found = damages[kind]?.(readFileSync(path), chance) ?? null;
  return found === null ? null : { target, damage: { kind, ...found } };
}
