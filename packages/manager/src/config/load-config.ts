import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { SyncError } from "@sync/model";
import { checkConfig } from "./check-config.ts";
import { CONFIG_NAMES, readConfigFile } from "./config-file.ts";
import type { ConfigFile } from "./config-file.ts";
import { environmentConfig, needsCheck } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { settingsOf } from "./settings.ts";
import type { Layer, Settings } from "./settings.ts";
import type { SyncConfig } from "./sync-config.ts";

/** Where a config is looked for. */
export interface LoadConfigOptions {
  /** Where the search begins; it goes on in the folders above. Default: the working directory. */
  readonly cwd?: string;
  /** The project's config, in place of a search. Default: `$SYNC_CONFIG`. */
  readonly file?: string;
  /** Default: that of the process. */
  readonly env?: Environment;
}

/** Settings, and the configs they were made of. */
export interface LoadedConfig {
  readonly settings: Settings;
  /** The strongest first; what is not there is missing. */
  readonly layers: readonly LoadedLayer[];
}

/** One config as it was read. */
export interface LoadedLayer extends Layer {
  readonly file: ConfigFile;
}

/**
 * Finds the project's config and the user's, reads and checks both and what the environment says, and
 * puts them over one another. A config that is a program (`.mjs`, `.ts`) is run.
 *
 * @throws SyncError SYNC_USAGE, naming file, line and key
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const { cwd = process.cwd(), env = process.env } = options;
  const layers: LoadedLayer[] = [];
  const environment = environmentConfig(env);
  if (Object.keys(environment.value as object).length > 0) {
    // Paths alone are what they are: the check would take longer than all the rest of the start.
    const config = needsCheck(env)
      ? await checkConfig(environment)
      : (environment.value as SyncConfig);
    layers.push({ source: "environment", from: cwd, folder: cwd, config, file: environment });
  }
  const project = await findProject(cwd, options.file ?? env["SYNC_CONFIG"]);
  if (project !== null) layers.push(await readLayer("project", project));
  const user = findIn(userFolder(env));
  if (user !== null && user !== project) layers.push(await readLayer("user", user));
  return { settings: settingsOf(layers, env), layers };
}

async function readLayer(source: "project" | "user", path: string): Promise<LoadedLayer> {
  const file = await readConfigFile(path);
  return { source, from: path, folder: dirname(path), config: await checkConfig(file), file };
}

async function findProject(cwd: string, named: string | undefined): Promise<string | null> {
  if (named !== undefined && named !== "") {
    const path = resolve(cwd, named);
    if (existsSync(path)) return path;
    throw new SyncError("SYNC_USAGE", `There is no config at ${path}.`, {
      next: "Check the path; `dbsync init` writes a config.",
    });
  }
  const { lilconfig } = await import("lilconfig");
  // Found here, read by us: lines are wanted, which it would not know.
  const noRead = (path: string): string => path;
  const found = await lilconfig("sync", {
    searchPlaces: [...CONFIG_NAMES],
    loaders: Object.fromEntries(ENDINGS.map((ending) => [ending, noRead])),
    ignoreEmptySearchPlaces: false,
    cache: false,
  }).search(resolve(cwd));
  return found?.filepath ?? null;
}

const ENDINGS = [".json", ".jsonc", ".yaml", ".yml", ".mjs", ".ts"];

function userFolder(env: Environment): string {
  const configHome = env["XDG_CONFIG_HOME"];
  const home =
    configHome === undefined || configHome === "" ? join(homedir(), ".config") : configHome;
  return join(home, "sync");
}

function findIn(folder: string): string | null {
  return CONFIG_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
