import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pnpm } from "./tarballs.ts";
import type { Tarballs } from "./tarballs.ts";

/** What an empty project installs: our packages by name, others by range. */
export interface ProjectOptions {
  readonly tarballs: Tarballs;
  readonly packages: readonly string[];
  /** Where pnpm keeps what it has downloaded and compiled. */
  readonly store: string;
}

/**
 * Makes an empty project outside the repository and installs packages into it, ours from their tarballs. Only
 * what a package declares can be found from there: pnpm puts nothing else within reach.
 */
export async function installInto(folder: string, options: ProjectOptions): Promise<void> {
  const { tarballs, packages } = options;
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(packages.map((name) => [name, fileOf(tarballs, name)])),
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await install(folder, options);
}

/** Installs what the manifest of a folder names; our packages come from their tarballs, however they are named. */
export async function install(
  folder: string,
  { tarballs, store }: Pick<ProjectOptions, "tarballs" | "store">,
): Promise<void> {
  const settings = {
    overrides: Object.fromEntries(
      [...tarballs.keys()].map((name) => [name, fileOf(tarballs, name)]),
    ),
    allowBuilds: { "better-sqlite3": true, esbuild: false },
    strictDepBuilds: true,
  };
  // JSON is YAML, too.
  writeFileSync(join(folder, "pnpm-workspace.yaml"), JSON.stringify(settings));
  await pnpm(folder, ["install", "--prefer-offline", "--no-frozen-lockfile", "--store-dir", store]);
}

/** Every package that was installed, e.g. `@sync/model` and `pino`, however deep. */
export function installedPackages(folder: string): string[] {
  return readdirSync(join(folder, "node_modules", ".pnpm"))
    .flatMap((name) => /^(@?[^@]+)@/.exec(name)?.[1]?.replace("+", "/") ?? [])
    .toSorted();
}

/** Files that only run on one kind of machine, or have to be compiled there. */
export function nativeFiles(folder: string): string[] {
  return readdirSync(join(folder, "node_modules", ".pnpm"), { recursive: true, encoding: "utf8" })
    .filter((path) => /(?:\.node|binding\.gyp)$/.test(path))
    .map((path) => path.split(sep).join("/"));
}

function fileOf(tarballs: Tarballs, name: string): string {
  const path = tarballs.get(name);
  if (path === undefined) throw new Error(`${name} is not published from here`);
  return `file:${path}`;
}
