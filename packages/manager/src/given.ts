import type { ViewOptions } from "@sync/core";
import { SyncError } from "@sync/model";
import type { Direction, Policy } from "@sync/model";
import type { RuleUse } from "@sync/resolvers";
import { settingsOf } from "./config/settings.ts";
import type { PairSettings, PolicyChoice, Settings } from "./config/settings.ts";
import type { ManagerOptions } from "./options.ts";
import type { PairRef } from "./pair-lookup.ts";

/** What a manager was told: configs that were loaded, or a config as an object. */
export function settingsFrom({ config = {} }: ManagerOptions): Settings {
  if ("settings" in config) return config.settings;
  const folder = process.cwd();
  return settingsOf([{ source: "project", from: folder, folder, config }], process.env);
}

/** How the pair's tables are seen, in every call about them. */
export function viewOf(
  { view, schemaDrift }: PairSettings,
  given: { readonly view?: ViewOptions } = {},
): ViewOptions {
  // What is said anyway makes no view: a pair that is seen as it is stored is the same as one without.
  return { ...view, ...(schemaDrift === "stop" ? {} : { schemaDrift }), ...given.view };
}

/** @throws SyncError SYNC_USAGE where the order of the names would turn a mirror around */
export function directionOf({ name, a, b, direction, isTurned }: PairSettings): Direction {
  if (direction !== "mirror" || !isTurned) return direction;
  throw new SyncError(
    "SYNC_USAGE",
    `The pair \`${name ?? ""}\` makes ${a} what ${b} is; named in this order, it would be the other way round.`,
    { next: `Name it ${name ?? "in the config's order"}, or say --direction if this is meant.` },
  );
}

/** A name given with a call is looked for from where the program stands. */
export function choiceOf({ policy }: PairSettings, given: RuleUse | undefined): PolicyChoice {
  return given === undefined ? policy : { use: given, rules: [], from: process.cwd() };
}

/** Not a policy's name. */
export function isPolicy(given: RuleUse | Policy | undefined): given is Policy {
  return typeof given === "object" && "decide" in given;
}

/** One database, not a pair. */
export function isOne(what: PairRef | readonly [string]): what is readonly [string] {
  return Array.isArray(what) && what.length === 1;
}
