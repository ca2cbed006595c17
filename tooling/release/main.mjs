// `pnpm release --dry-run` shows what would be published; `pnpm release --pack DIR` makes the tarballs;
// `pnpm release` publishes them. All of it happens in a copy: the tree stays as it is. The changes that a
// release makes to the tree itself (versions, changelogs) are those of `npx changeset version`, in a commit.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { isScope, renameScope } from "./scope.mjs";
import { copyWorkspace, packAll, publicPackages, versionAll } from "./workspace.mjs";

const USAGE = `pnpm release [--dry-run | --pack DIR] [--scope @NAME] [--tag TAG]

  --dry-run       show versions, changes and what each tarball holds; nothing is published
  --pack DIR      only make the tarballs, with the next versions
  --scope @NAME   publish under this scope (package.json: "config": { "scope": "@sync" })
  --tag TAG       the tag on the registry (latest)`;

function settings() {
  const { values } = parseArgs({
    options: {
      "dry-run": { type: "boolean" },
      pack: { type: "string" },
      scope: { type: "string" },
      tag: { type: "string", default: "latest" },
      help: { type: "boolean", short: "h" },
    },
  });
  const root = JSON.parse(readFileSync("package.json", "utf8"));
  const scope = values.scope ?? root.config.scope;
  if (!isScope(scope))
    throw new Error(`${scope} is no scope: it is @ and small letters, digits, - and _.`);
  return { ...values, scope };
}

/** Versions that are on the way are computed in the copy; once they are in the tree, there are none. */
async function release(options) {
  const copy = mkdtempSync(join(tmpdir(), "sync-release-"));
  try {
    copyWorkspace(process.cwd(), copy);
    const before = new Map(publicPackages(copy).map(({ folder, version }) => [folder, version]));
    const hasChanges = versionAll(copy);
    renameScope(copy, options.scope);
    const packages = publicPackages(copy);
    if (options["dry-run"] === true) tellVersions(packages, before);
    const target = options.pack === undefined ? join(copy, "packed") : resolve(options.pack);
    mkdirSync(target, { recursive: true });
    const tarballs = await packAll(copy, target);
    if (options["dry-run"] === true) tellTarballs(tarballs);
    else if (options.pack !== undefined) console.log(tarballs.map(({ file }) => file).join("\n"));
    else publish(tarballs, { ...options, hasChanges });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function tellVersions(packages, before) {
  for (const { name, version, folder, changes } of packages) {
    const from = before.get(folder);
    console.log(version === from ? `${name} ${version}` : `${name} ${from} → ${version}`);
    if (changes !== "") console.log(changes.replaceAll(/^/gm, "    "));
  }
}

function tellTarballs(tarballs) {
  for (const { name, version, bytes, files } of tarballs) {
    console.log(`\n${name}@${version}: ${files.length} files, ${Math.round(bytes / 1000)} kB`);
    const shown = files.filter((file) => !file.startsWith("dist/"));
    console.log(
      [...shown, `dist/ (${files.length - shown.length} files)`]
        .map((line) => `    ${line}`)
        .join("\n"),
    );
  }
  console.log("\nNothing was published, and nothing in this tree was changed.");
}

/** Dependencies first, so that nobody installs a package whose own dependencies are not there yet. */
function publish(tarballs, { tag, hasChanges }) {
  if (hasChanges) {
    throw new Error(
      "There are changesets: `npx changeset version`, look at it, commit, and release that.",
    );
  }
  if (execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" }) !== "") {
    throw new Error("The tree has changes that are not committed.");
  }
  // A statement of where it was built, which only a CI that can sign it can give.
  const isSigned =
    process.env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined ||
    process.env.SIGSTORE_ID_TOKEN !== undefined;
  for (const { name, version, file } of tarballs) {
    if (isPublished(name, version)) {
      console.log(`${name}@${version} is there already.`);
      continue;
    }
    const args = [
      "publish",
      file,
      "--access",
      "public",
      "--tag",
      tag,
      ...(isSigned ? ["--provenance"] : []),
    ];
    execFileSync("npm", args, { stdio: "inherit" });
  }
}

function isPublished(name, version) {
  try {
    return (
      execFileSync("npm", ["view", `${name}@${version}`, "version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim() === version
    );
  } catch {
    // npm ends with 1 for a package that is not there; where it is the network, publishing says so.
    return false;
  }
}

try {
  const options = settings();
  if (options.help === true) console.log(USAGE);
  else await release(options);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
