import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { LineageChoice, SoftReference, TableOptions, ViewOptions } from "@sync/core";
import { copiedFolder, defaultStateRoot } from "@sync/core/workers";
import type { Direction, EventLevel } from "@sync/model";
import type { Rule, RuleUse } from "@sync/resolvers";
import type { Environment } from "./environment.ts";
import type { LogConfig, PairConfig, SyncConfig } from "./sync-config.ts";

/** Who decides: a policy's name as somebody wrote it, and from where it is to be looked for. */
export interface PolicyChoice {
  readonly use: RuleUse;
  readonly rules: readonly Rule[];
  /** The config, or a folder. */
  readonly from: string;
}

/** A pair as a manager works with it: every path absolute, what it leaves out filled in. */
export interface PairSettings {
  /** `null` for a pair that no config names. */
  readonly name: string | null;
  readonly a: string;
  readonly b: string;
  readonly policy: PolicyChoice;
  readonly tables: readonly string[] | null;
  /** How the tables of both sides are seen. */
  readonly view: ViewOptions;
  readonly references: readonly SoftReference[];
  readonly tableOptions: readonly TableOptions[];
  readonly direction: Direction;
  /** The databases were named in the other order than in the config, and this speaks that way. */
  readonly isTurned: boolean;
  readonly schemaDrift: "stop" | "common";
  readonly lineage: LineageChoice | null;
  readonly maxDeletePercent: number;
  readonly backupBeforeSync: boolean;
}

/** Where backups go, and how many are kept. */
export interface BackupSettings {
  /** `null`: the folder `backups` in the state folder. */
  readonly root: string | null;
  readonly maxCount: number;
  readonly maxAgeDays: number | null;
}

/** Where the log is, what goes into it, and when a new file is begun. */
export interface LogSettings {
  readonly file: string | null;
  readonly level: EventLevel;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly maxAgeDays: number;
}

/** Everything a manager is told by configs, environment and defaults. */
export interface Settings {
  readonly pairs: readonly PairSettings[];
  /** For pairs that no config names. */
  readonly policy: PolicyChoice;
  readonly maxDeletePercent: number;
  readonly busyTimeoutMs: number;
  readonly retryMs: number;
  readonly stateDir: string;
  readonly backup: BackupSettings;
  readonly log: LogSettings;
}

/** A config and where it comes from. */
export interface Layer {
  readonly source: "environment" | "project" | "user";
  /** The file; of the environment, the working directory. */
  readonly from: string;
  /** Its paths are relative to it. */
  readonly folder: string;
  readonly config: SyncConfig;
}

export const DEFAULT_POLICY = "last-write-wins";
const MAX_DELETE_PERCENT = 50;
const BUSY_TIMEOUT_MS = 5000;
// Longer than a program that writes a big transaction, shorter than a person's or cron's patience.
const RETRY_MS = 15_000;
const MAX_BACKUPS = 5;
const LOG_FILE = join("logs", "synchronization.log");
const LOG_DEFAULTS = { level: "info", maxBytes: 10_000_000, maxFiles: 5, maxAgeDays: 30 } as const;

/**
 * Makes settings of configs, the strongest first: the environment goes before the project's config, that
 * before the user's, and the defaults come last. Writes nothing.
 *
 * @param env - for the default of the state folder
 */
export function settingsOf(layers: readonly Layer[], env: Environment): Settings {
  const stateDir = firstOf(layers, ({ config, folder }) => pathIn(folder, config.stateDir));
  const common = {
    policy: policyOf(layers),
    maxDeletePercent:
      firstOf(layers, ({ config }) => config.maxDeletePercent) ?? MAX_DELETE_PERCENT,
    busyTimeoutMs: firstOf(layers, ({ config }) => config.busyTimeoutMs) ?? BUSY_TIMEOUT_MS,
    retryMs: firstOf(layers, ({ config }) => config.retryMs) ?? RETRY_MS,
    stateDir: stateDir ?? defaultStateRoot({ ...env }),
  };
  return {
    ...common,
    backup: backupOf(layers),
    log: logOf(layers, common.stateDir),
    pairs: pairsOf(layers, common),
  };
}

/** The settings of a pair that no config names. */
export function unnamedPair(
  { policy, maxDeletePercent }: Pick<Settings, "policy" | "maxDeletePercent">,
  paths: { readonly a: string; readonly b: string },
): PairSettings {
  return {
    ...paths,
    name: null,
    policy,
    maxDeletePercent,
    tables: null,
    view: {},
    references: [],
    tableOptions: [],
    direction: "two-way",
    isTurned: false,
    schemaDrift: "stop",
    lineage: null,
    backupBeforeSync: false,
  };
}

/** `~/` is the home folder, as in a shell; everything else is relative to the folder. */
export function pathIn(folder: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(folder, path);
}

function policyOf(layers: readonly Layer[]): PolicyChoice {
  const layer = layers.find(({ config }) => config.policy !== undefined);
  return { use: layer?.config.policy ?? DEFAULT_POLICY, rules: [], from: layer?.from ?? "." };
}

function backupOf(layers: readonly Layer[]): BackupSettings {
  return {
    root: firstOf(layers, ({ config, folder }) => pathIn(folder, config.backup?.root)) ?? null,
    maxCount: firstOf(layers, ({ config }) => config.backup?.maxCount) ?? MAX_BACKUPS,
    maxAgeDays: firstOf(layers, ({ config }) => config.backup?.maxAgeDays) ?? null,
  };
}

function logOf(layers: readonly Layer[], stateDir: string): LogSettings {
  const told = <Key extends keyof LogConfig>(key: Key): LogConfig[Key] | undefined =>
    firstOf(layers, ({ config }) => config.log?.[key]);
  const file = firstOf(layers, ({ config, folder }) => {
    const given = config.log?.file;
    return given === false ? false : pathIn(folder, given);
  });
  const project = layers.find(({ source }) => source === "project");
  return {
    file: file === false ? null : (file ?? defaultLogFile(project, stateDir)),
    level: told("level") ?? LOG_DEFAULTS.level,
    maxBytes: told("maxBytes") ?? LOG_DEFAULTS.maxBytes,
    maxFiles: told("maxFiles") ?? LOG_DEFAULTS.maxFiles,
    maxAgeDays: told("maxAgeDays") ?? LOG_DEFAULTS.maxAgeDays,
  };
}

/** A state folder where no run can be made is left alone by the log, too. */
function defaultLogFile(project: Layer | undefined, stateDir: string): string | null {
  if (project !== undefined) return join(project.folder, LOG_FILE);
  return copiedFolder(stateDir) === null ? join(stateDir, LOG_FILE) : null;
}

type Common = Pick<Settings, "policy" | "maxDeletePercent">;

/** A stronger layer's pair takes the place of a weaker one's with its name, as a whole. */
function pairsOf(layers: readonly Layer[], common: Common): PairSettings[] {
  const pairs = new Map<string, PairSettings>();
  const environment = layers.find(({ source }) => source === "environment")?.config ?? {};
  for (const layer of layers) {
    for (const [name, pair] of Object.entries(layer.config.pairs ?? {})) {
      if (!pairs.has(name)) pairs.set(name, pairOf(name, pair, { layer, common, environment }));
    }
  }
  return [...pairs.values()];
}

interface Surroundings {
  readonly layer: Layer;
  readonly common: Common;
  readonly environment: SyncConfig;
}

function pairOf(name: string, pair: PairConfig, surroundings: Surroundings): PairSettings {
  const { layer, common, environment } = surroundings;
  const isOverruled = environment.policy !== undefined;
  return {
    name,
    a: resolveIn(layer.folder, pair.a),
    b: resolveIn(layer.folder, pair.b),
    // Who names a policy from outside means it: rules of the config would decide otherwise.
    policy: isOverruled ? common.policy : choiceOf(pair, layer, common.policy),
    tables: pair.tables ?? null,
    view: viewOf(pair),
    references: pair.references ?? [],
    tableOptions: pair.tableOptions ?? [],
    direction: pair.direction ?? "two-way",
    isTurned: false,
    schemaDrift: pair.schemaDrift ?? "stop",
    lineage: pair.lineage ?? null,
    backupBeforeSync: pair.backupBeforeSync ?? false,
    maxDeletePercent:
      environment.maxDeletePercent ?? pair.maxDeletePercent ?? common.maxDeletePercent,
  };
}

function viewOf({ map, where, exclude }: PairConfig): ViewOptions {
  return {
    ...(map === undefined ? {} : { map }),
    ...(where === undefined ? {} : { where }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function choiceOf(pair: PairConfig, { from }: Layer, common: PolicyChoice): PolicyChoice {
  const rules = pair.rules ?? [];
  if (pair.policy !== undefined) return { use: pair.policy, rules, from };
  return rules.length === 0 ? common : { use: common.use, rules, from };
}

function resolveIn(folder: string, path: string): string {
  // Only `undefined` gives `undefined`.
  return pathIn(folder, path) ?? path;
}

function firstOf<Value>(
  layers: readonly Layer[],
  pick: (layer: Layer) => Value | undefined,
): Value | undefined {
  for (const layer of layers) {
    const value = pick(layer);
    if (value !== undefined) return value;
  }
  return undefined;
}
