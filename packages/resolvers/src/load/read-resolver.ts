import type { Policy } from "@sync/model";
import { SyncError } from "@sync/model";
import { messageOf } from "../failed.ts";
import type { PolicyOptions } from "../policy-names.ts";
import { RESOLVER_API_VERSION } from "../resolver-definition.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Imports a resolver's module and takes the policy out of it. Everything in it is somebody else's, so
 * nothing is believed before it was looked at.
 *
 * @throws SyncError SYNC_UNKNOWN_POLICY when it is no resolver, or one of another version; SYNC_USAGE
 * when it refuses the options
 */
export async function readResolver(
  name: string,
  url: string,
  options: PolicyOptions = {},
): Promise<Policy> {
  const resolver = resolverOf(await importModule(name, url));
  if (resolver === null) throw noResolver(name, "exports no object `resolver`");
  checkVersion(name, resolver["apiVersion"]);
  const policy = await policyOf(name, resolver, options);
  if (!isPolicy(policy))
    throw noResolver(name, "has no policy with a name and a function `decide`");
  return policy;
}

async function importModule(name: string, url: string): Promise<Fields> {
  try {
    // `import()` of a variable is any; a module is an object at least.
    return (await import(url)) as Fields;
  } catch (error) {
    throw noResolver(name, `cannot be loaded: ${messageOf(error)}`, error);
  }
}

/** The named export; of a CommonJS module, whose names Node cannot always tell, that of the whole. */
function resolverOf(module: Fields): Fields | null {
  const whole = isObject(module["default"]) ? module["default"] : {};
  const resolver = module["resolver"] ?? whole["resolver"];
  return isObject(resolver) ? resolver : null;
}

function checkVersion(name: string, version: unknown): void {
  if (version === RESOLVER_API_VERSION) return;
  const ours = `this is version ${RESOLVER_API_VERSION}`;
  if (typeof version !== "number") {
    throw noResolver(name, `does not say which \`apiVersion\` it is made for; ${ours}`);
  }
  throw new SyncError(
    "SYNC_UNKNOWN_POLICY",
    `The resolver ${JSON.stringify(name)} is made for version ${version} of the resolver interface; ${ours}.`,
    {
      details: { name, apiVersion: version, known: RESOLVER_API_VERSION },
      next:
        version > RESOLVER_API_VERSION
          ? "Update dbsync (the package @sync/resolvers), or take an older version of the resolver."
          : "Update the resolver, or ask its author to.",
    },
  );
}

async function policyOf(name: string, resolver: Fields, options: PolicyOptions): Promise<unknown> {
  const { policy, createPolicy } = resolver;
  if (typeof createPolicy !== "function") {
    if (Object.keys(options).length === 0) return policy;
    throw new SyncError("SYNC_USAGE", `The resolver ${JSON.stringify(name)} takes no options.`, {
      next: "Leave the options out.",
    });
  }
  try {
    // The call of an unknown function is any: `isPolicy` looks at what comes back.
    return await (createPolicy as (options: PolicyOptions) => unknown)(options);
  } catch (error) {
    throw new SyncError(
      "SYNC_USAGE",
      `The resolver ${JSON.stringify(name)} refuses its options: ${messageOf(error)}`,
      { cause: error, next: "Correct the options that stand beside the resolver's name." },
    );
  }
}

function isPolicy(value: unknown): value is Policy {
  if (!isObject(value)) return false;
  const { name, version, decide } = value;
  return (
    typeof name === "string" &&
    name !== "" &&
    (version === undefined || typeof version === "string") &&
    typeof decide === "function"
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function noResolver(name: string, problem: string, cause?: unknown): SyncError {
  return new SyncError(
    "SYNC_UNKNOWN_POLICY",
    `The resolver ${JSON.stringify(name)} ${problem}${problem.endsWith(".") ? "" : "."}`,
    {
      ...(cause === undefined ? {} : { cause }),
      next: "A resolver module has `export const resolver = { apiVersion: 1, policy }`; see docs/conflicts.md.",
    },
  );
}
