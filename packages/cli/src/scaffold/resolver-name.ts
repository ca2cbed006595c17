import { SyncError } from "@sync/model";

/** What a new resolver is called, wherever it has a name. */
export interface ResolverName {
  /** By which `--policy` and a config find it: `stock`, `@acme/stock`. */
  readonly policy: string;
  /** `sync-resolver-stock`, `@acme/sync-resolver-stock`: only packages called so are ever loaded by name. */
  readonly package: string;
  /** The folder it is written to: the package's name without its scope. */
  readonly folder: string;
}

// https://docs.npmjs.com/cli/configuring-npm/package-json#name; what npm took in former times is left out.
const NAME = /^(@[a-z0-9-][a-z0-9._-]*\/)?([a-z0-9-][a-z0-9._-]*)$/;
const PREFIX = "sync-resolver-";
const MAX_LENGTH = 214;

/**
 * Reads the name that somebody gave, with or without the prefix.
 *
 * @param taken - the built-in policies: under their names nothing else is ever found
 * @throws SyncError SYNC_USAGE for what cannot be the name of a package, or of no other policy
 */
export function resolverName(given: string, taken: readonly string[]): ResolverName {
  const [, scope = "", rest = ""] = NAME.exec(given) ?? [];
  const short = rest.startsWith(PREFIX) ? rest.slice(PREFIX.length) : rest;
  const folder = `${PREFIX}${short}`;
  const full = `${scope}${folder}`;
  if (short === "" || full.length > MAX_LENGTH) {
    throw usage(
      `${JSON.stringify(given)} cannot be the name of a package.`,
      "Take lower-case letters, digits and hyphens, such as stock or @acme/stock.",
    );
  }
  if (scope === "" && taken.includes(short)) {
    throw usage(`There is a built-in policy ${short} already.`, "Take another name, or a scope.");
  }
  return { policy: `${scope}${short}`, package: full, folder };
}

function usage(message: string, next: string): SyncError {
  return new SyncError("SYNC_USAGE", message, { next });
}
