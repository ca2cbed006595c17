import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { SyncError } from "@sync/model";
import type { ParseError } from "jsonc-parser";
import type { KeyPath } from "./schema.ts";

/** A config as it was read, not yet looked at. */
export interface ConfigFile {
  readonly path: string;
  readonly value: unknown;
  /** The line of a key, from 1; `null` where the file is a program. */
  lineOf(keys: KeyPath): number | null;
  /** Of the environment: which variable said a key (`backup.root`). */
  readonly variables?: ReadonlyMap<string, string>;
}

/** The names of a config, in the order in which they are looked for. */
export const CONFIG_NAMES: readonly string[] = [
  "sync.config.json",
  "sync.config.jsonc",
  "sync.config.yaml",
  "sync.config.yml",
  "sync.config.mjs",
  "sync.config.ts",
];

/**
 * Reads a config by the ending of its name.
 *
 * @throws SyncError SYNC_USAGE, with the line where there is one
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  switch (extname(path)) {
    case ".json":
    case ".jsonc":
      return readJson(path, await readText(path));
    case ".yaml":
    case ".yml":
      return readYaml(path, await readText(path));
    case ".mjs":
    case ".js":
    case ".ts":
    case ".mts":
      return readProgram(path);
    default:
      throw new SyncError("SYNC_USAGE", `The config ${path} is of no kind that is known.`, {
        next: `A config is named ${CONFIG_NAMES.join(", ")}.`,
      });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, null, cause);
  }
}

/** Comments and a last comma are fine in both kinds: people write them. */
async function readJson(path: string, text: string): Promise<ConfigFile> {
  const jsonc = await import("jsonc-parser");
  const errors: ParseError[] = [];
  const tree = jsonc.parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || tree === undefined) {
    const problem = first === undefined ? "it is empty" : jsonc.printParseErrorCode(first.error);
    throw unreadable(path, lineAt(text, first?.offset ?? 0), problem);
  }
  return {
    path,
    value: jsonc.getNodeValue(tree) as unknown,
    lineOf: (keys) => {
      const node = jsonc.findNodeAtLocation(tree, keys.map(segment));
      return node === undefined ? null : lineAt(text, node.parent?.offset ?? node.offset);
    },
  };
}

async function readYaml(path: string, text: string): Promise<ConfigFile> {
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [first] = document.errors;
  if (first !== undefined) throw unreadable(path, lines.linePos(first.pos[0]).line, first);
  return {
    path,
    value: document.toJS() as unknown,
    lineOf: (keys) => {
      const at = keys.map(segment);
      const parent = document.getIn(at.slice(0, -1), true);
      // Of a key, where it stands itself: what belongs to it may begin in the next line.
      const item = yaml.isMap(parent)
        ? parent.items.find(({ key }) => yaml.isScalar(key) && key.value === at.at(-1))?.key
        : document.getIn(at, true);
      const start = yaml.isNode(item) ? item.range?.[0] : undefined;
      return start === undefined ? null : lines.linePos(start).line;
    },
  };
}

/** Importing a config runs it. */
async function readProgram(path: string): Promise<ConfigFile> {
  let value: unknown;
  try {
    const module = await importProgram(path);
    value = module["default"];
  } catch (cause) {
    throw unreadable(path, null, cause);
  }
  if (value === undefined) throw unreadable(path, null, "it has no default export");
  return { path, value, lineOf: () => null };
}

async function importProgram(path: string): Promise<Readonly<Record<string, unknown>>> {
  // A module is an object, and what is in it is looked at later.
  if (!path.endsWith("ts"))
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const { createJiti } = await import("jiti");
  // A command that is installed globally cannot be imported from the config's folder.
  const self = createRequire(import.meta.url).resolve("@sync/manager");
  const jiti = createJiti(pathToFileURL(path).href, { alias: { "@sync/manager": self } });
  return jiti.import<Record<string, unknown>>(path);
}

function unreadable(path: string, line: number | null, problem: unknown): SyncError {
  const text = problem instanceof Error ? problem.message : String(problem);
  return new SyncError(
    "SYNC_USAGE",
    `The config ${path}${line === null ? "" : `:${line}`} cannot be read: ${text}`,
    { cause: problem, next: "Correct the file; docs/configuration.md shows each key." },
  );
}

function segment(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
