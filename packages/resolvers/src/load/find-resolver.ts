import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SyncError } from "@sync/model";
import { resolve as resolveModule } from "import-meta-resolve";
import { POLICY_NAMES } from "../policy-names.ts";
import { unknownPolicy } from "../unknown-policy.ts";

const PATH = /^(?:\.{1,2}[\\/]|[\\/]|[a-z]:[\\/]|file:)|\.[cm]?[jt]s$/i;

// https://docs.npmjs.com/cli/configuring-npm/package-json#name, without a path into the package.
const PACKAGE = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?([a-z0-9~-][a-z0-9._~-]*)$/;

const PREFIX = "sync-resolver-";

/**
 * Where a resolver's module is, as a URL.
 *
 * Packages are looked for from the user's folder, not from ours, so that a command that is installed
 * globally finds what stands beside the config. Only names with the prefix are ever loaded: a misspelt
 * policy shall not run whatever package happens to have that name.
 *
 * @param from - the config file, or a folder
 * @throws SyncError SYNC_UNKNOWN_POLICY when there is no such file or package
 */
export function findResolver(name: string, from: string): string {
  const folder = isFolder(from) ? from : dirname(from);
  if (PATH.test(name)) return findFile(name, folder);
  const packageName = packageNameOf(name);
  if (packageName === null) throw unknownPolicy(name, POLICY_NAMES);
  try {
    // The module loader wants a file that imports; it need not exist. `import.meta.resolve` itself takes
    // no other place to look from on Node 20, and `require.resolve` finds no package that is ESM only.
    return resolveModule(packageName, pathToFileURL(join(resolve(folder), "config.js")).href);
  } catch (error) {
    throw unknownPolicy(name, POLICY_NAMES, { packageName, cause: error });
  }
}

function findFile(name: string, folder: string): string {
  const path = name.startsWith("file:") ? fileURLToPath(name) : resolve(folder, name);
  if (isFile(path)) return pathToFileURL(path).href;
  throw new SyncError(
    "SYNC_UNKNOWN_POLICY",
    `The resolver ${JSON.stringify(name)} ${isFolder(path) ? "is a folder" : "does not exist"}.`,
    { next: "Name the file itself, relative to the config file or to where you stand." },
  );
}

/** `stock` is `sync-resolver-stock`, `@acme/stock` is `@acme/sync-resolver-stock`; `null` for what is no name. */
function packageNameOf(name: string): string | null {
  const [, scope = "", rest = ""] = PACKAGE.exec(name) ?? [];
  if (rest === "") return null;
  return rest.startsWith(PREFIX) ? name : `${scope}${PREFIX}${rest}`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
