import { whereIs } from "./check-config.ts";
import type { LoadedConfig, LoadedLayer } from "./load-config.ts";
import type { KeyPath } from "./schema.ts";
import { pathIn } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** One value that holds, and where it was said. */
export interface ConfigValue {
  /** `pairs.shop.policy` */
  readonly key: string;
  readonly value: unknown;
  readonly source: "environment" | "project" | "user" | "default";
  /** The variable, or the file with the line; `null` for a default. */
  readonly where: string | null;
}

const COMMON_KEYS: readonly KeyPath[] = [
  ["policy"],
  ["maxDeletePercent"],
  ["busyTimeoutMs"],
  ["retryMs"],
  ["stateDir"],
  ["backup", "root"],
  ["backup", "maxCount"],
  ["backup", "maxAgeDays"],
  ["log", "file"],
  ["log", "level"],
  ["log", "maxBytes"],
  ["log", "maxFiles"],
  ["log", "maxAgeDays"],
];

/** Every value that holds, the common ones first, then each pair's, with its origin. */
export function configValues({ settings, layers }: LoadedConfig): readonly ConfigValue[] {
  const common = COMMON_KEYS.map((path) => {
    const layer = layers.find(({ config }) => valueAt(config, path) !== undefined);
    return valueOf(path, layer, commonValue(settings, path));
  });
  return [...common, ...settings.pairs.flatMap(({ name }) => pairValues(name ?? "", layers))];
}

/** What a pair says itself; what it leaves out is the common value. */
function pairValues(name: string, layers: readonly LoadedLayer[]): ConfigValue[] {
  const layer = layers.find(({ config }) => config.pairs?.[name] !== undefined);
  const pair = layer?.config.pairs?.[name];
  if (layer === undefined || pair === undefined) return [];
  return Object.entries(pair).map(([key, value]: [string, unknown]) => {
    const isPath = key === "a" || key === "b";
    const told = isPath && typeof value === "string" ? pathIn(layer.folder, value) : value;
    return valueOf(["pairs", name, key], layer, told);
  });
}

function valueOf(path: KeyPath, layer: LoadedLayer | undefined, value: unknown): ConfigValue {
  const key = path.map(String).join(".");
  if (layer === undefined) return { key, value, source: "default", where: null };
  const where = layer.file.variables?.get(key) ?? whereIs(layer.file, path);
  return { key, value, source: layer.source, where };
}

function commonValue(settings: Settings, [first, second]: KeyPath): unknown {
  if (first === "policy") return settings.policy.use;
  if (first === "log" || first === "backup") return valueAt(settings[first], [second ?? ""]);
  return valueAt(settings, [first ?? ""]);
}

function valueAt(object: object, path: KeyPath): unknown {
  return path.reduce<unknown>(
    // What has no such key gives undefined.
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    object,
  );
}
