import type { ConfigFile } from "./config-file.ts";

/** A variable of the environment that stands for a key of the config. */
export interface Variable {
  readonly name: string;
  readonly path: readonly [string, ...string[]];
  /** A `place` is a path: whatever it says, it is one. */
  readonly type: "place" | "text" | "number";
}

/** Every variable that is read, beside `SYNC_CONFIG`, which names the config itself. */
export const VARIABLES: readonly Variable[] = [
  { name: "SYNC_STATE_DIR", path: ["stateDir"], type: "place" },
  { name: "SYNC_POLICY", path: ["policy"], type: "text" },
  { name: "SYNC_MAX_DELETE_PERCENT", path: ["maxDeletePercent"], type: "number" },
  { name: "SYNC_BUSY_TIMEOUT_MS", path: ["busyTimeoutMs"], type: "number" },
  { name: "SYNC_RETRY_MS", path: ["retryMs"], type: "number" },
  // The same key twice: the later one holds where both are set.
  { name: "GH_COPILOT_BACKUP_ROOT", path: ["backup", "root"], type: "place" },
  { name: "SYNC_BACKUP_ROOT", path: ["backup", "root"], type: "place" },
  { name: "SYNC_MAX_BACKUPS", path: ["backup", "maxCount"], type: "number" },
  { name: "SYNC_MAX_BACKUP_AGE_DAYS", path: ["backup", "maxAgeDays"], type: "number" },
  { name: "SYNC_LOG_FILE", path: ["log", "file"], type: "place" },
  { name: "SYNC_LOG_LEVEL", path: ["log", "level"], type: "text" },
  { name: "SYNC_LOG_MAX_BYTES", path: ["log", "maxBytes"], type: "number" },
  { name: "SYNC_LOG_MAX_FILES", path: ["log", "maxFiles"], type: "number" },
  { name: "SYNC_LOG_MAX_AGE_DAYS", path: ["log", "maxAgeDays"], type: "number" },
];

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that are set, as a config would say it; an empty one counts as not set. Not yet checked. */
export function environmentConfig(env: Environment): ConfigFile {
  const value: Record<string, unknown> = {};
  const variables = new Map<string, string>();
  for (const { name, path, type } of VARIABLES) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    setAt(value, path, type === "number" ? numberOf(text) : text);
    variables.set(path.join("."), name);
  }
  return { path: "the environment", value, lineOf: () => null, variables };
}

/** Something is set that can be wrong. */
export function needsCheck(env: Environment): boolean {
  return VARIABLES.some(({ name, type }) => type !== "place" && (env[name] ?? "") !== "");
}

/** What is no number stays a text, and is refused as one. */
function numberOf(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = (target[first] ??= {});
  // Only keys of VARIABLES are set, whose outer ones are objects made here.
  setAt(inner as Record<string, unknown>, rest, value);
}
