import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SyncError } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { jsonText } from "../output/json.ts";
import { resolverName } from "../scaffold/resolver-name.ts";
import type { ResolverName } from "../scaffold/resolver-name.ts";
import { resolverPackage } from "../scaffold/resolver-package.ts";
import type { Session } from "../session.ts";

/**
 * `dbsync init resolver NAME`: writes a package with a policy of one's own, ready to be built, tested and
 * published.
 *
 * @throws SyncError SYNC_USAGE for a name that cannot be, or where a file or folder of that name is
 */
export async function initResolver(
  session: Session,
  given: string,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const { POLICY_NAMES } = await import("@sync/resolvers");
  const name = resolverName(given, POLICY_NAMES);
  const files = resolverPackage({ name, resolvers: `^${resolversVersion()}` });
  const folder = session.path(name.folder);
  makeFolder(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: "wx" });
  }
  const document = {
    schemaVersion: 1,
    command: "init",
    action: "resolver",
    folder: name.folder,
    package: name.package,
    policy: name.policy,
    files: Object.keys(files),
  };
  await session.terminal.print(json === true ? jsonText(document, 2) : explanation(name));
  return "clean";
}

/** Made here and nowhere before: what is in it is ours to write. */
function makeFolder(folder: string, name: ResolverName): void {
  try {
    mkdirSync(folder);
  } catch (cause) {
    // What `mkdirSync` throws has a code.
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new SyncError("SYNC_USAGE", `There is a ${name.folder} here already.`, {
        cause,
        next: "Take another name, or work on in that folder.",
      });
    }
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw cause;
    throw new SyncError("SYNC_PERMISSION", `No folder can be made here: ${name.folder}.`, {
      cause,
      next: "Go where you may write.",
    });
  }
}

/** Of the one that is installed with us: the interface that the new package is written for. */
function resolversVersion(): string {
  const path = fileURLToPath(import.meta.resolve("@sync/resolvers/package.json"));
  // Our own manifest, which npm has read before.
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function explanation({ folder, package: name, policy }: ResolverName): string {
  return [
    `Wrote ${folder}: the package ${name}, with the policy ${policy}.`,
    "",
    `  cd ${folder}`,
    "  npm install",
    "  npm test                    its rule is in src/index.ts",
    "  npm pack                    what would be published",
    "  npm run version             its changesets become a version and a changelog",
    "  npm run release             publishes it",
    "",
    "To use it, install the package beside your config, or where you stand:",
    "",
    `  dbsync sync a.db b.db --policy ${policy},last-write-wins`,
  ].join("\n");
}
