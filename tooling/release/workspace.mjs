// A copy of the workspace with nothing but what is published, in which versions are raised and packages packed.
import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const UNPUBLISHED = ["node_modules", "src", "test", "browser", "tsconfig.json"];
const ROOT_FILES = [
  "package.json",
  "pnpm-workspace.yaml",
  ".changeset",
  "LICENSE",
  "README.md",
  "tooling/release",
];

/** Copies what is built. The sources stay: nobody receives them. */
export function copyWorkspace(from, to) {
  for (const name of ROOT_FILES) cpSync(join(from, name), join(to, name), { recursive: true });
  for (const name of readdirSync(join(from, "packages"))) {
    const folder = join("packages", name);
    if (!existsSync(join(from, folder, "dist")))
      throw new Error(`${folder} is not built: npm run build`);
    cpSync(join(from, folder), join(to, folder), {
      recursive: true,
      filter: (path) => !UNPUBLISHED.includes(relative(join(from, folder), path)),
    });
  }
  // changesets looks for the root of a repository.
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", to]);
}

/** Each package, dependencies first, with what its changelog says of its version. */
export function publicPackages(root) {
  const all = readdirSync(join(root, "packages")).map((name) => {
    const folder = join("packages", name);
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const { version } = manifest;
    return {
      folder,
      name: manifest.name,
      version,
      manifest,
      changes: changesIn(join(root, folder), version),
    };
  });
  return inOrder(all.filter(({ manifest }) => manifest.private !== true));
}

function inOrder(packages) {
  const done = [];
  const visit = (one) => {
    if (done.includes(one)) return;
    for (const name of Object.keys(one.manifest.dependencies ?? {})) {
      const needed = packages.find((other) => other.name === name);
      if (needed !== undefined) visit(needed);
    }
    done.push(one);
  };
  for (const one of packages) visit(one);
  return done;
}

/** The part of a changelog about one version, without its title. */
function changesIn(folder, version) {
  const file = join(folder, "CHANGELOG.md");
  if (!existsSync(file)) return "";
  const parts = readFileSync(file, "utf8").split(/^## /m);
  return (
    parts
      .find((part) => part.startsWith(`${version}\n`))
      ?.slice(version.length)
      .trim() ?? ""
  );
}

/** What `changeset version` does, in the copy. @returns whether there was anything to do */
export function versionAll(root) {
  const changesets = readdirSync(join(root, ".changeset")).filter((name) => name.endsWith(".md"));
  if (changesets.length === 0) return false;
  const program = createRequire(import.meta.url).resolve("@changesets/cli/bin.js");
  execFileSync(process.execPath, [program, "version"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return true;
}

/** Packs every package, as publishing would; dependencies first. */
export async function packAll(root, target) {
  const packages = publicPackages(root);
  linkEachOther(root, packages);
  for (const { folder } of packages) dropDevDependencies(join(root, folder, "package.json"));
  // Each waits for a process of its own.
  return Promise.all(packages.map(async (one) => pack(root, one, target)));
}

async function pack(root, { name, version, folder }, target) {
  const args = ["pack", "--json", "--pack-destination", target];
  try {
    const { stdout } = await run("pnpm", args, { cwd: join(root, folder) });
    const { filename, files } = JSON.parse(stdout);
    const paths = files.map(({ path }) => path).toSorted();
    return { name, version, file: filename, files: paths, bytes: statSync(filename).size };
  } catch (error) {
    throw new Error(
      `${name} cannot be packed: ${error.stdout ?? ""}${error.stderr ?? error.message}`,
      {
        cause: error,
      },
    );
  }
}

/** Nobody who installs a package gets them, and those of ours are not published. */
function dropDevDependencies(file) {
  const { devDependencies: _dropped, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** pnpm reads the version behind `workspace:^` from where the dependency is installed. */
function linkEachOther(root, packages) {
  for (const { folder, manifest } of packages) {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const needed = packages.find((other) => other.name === name);
      if (needed === undefined) continue;
      const place = join(root, folder, "node_modules", name);
      mkdirSync(join(place, ".."), { recursive: true });
      if (!existsSync(place)) symlinkSync(join(root, needed.folder), place);
    }
  }
}
