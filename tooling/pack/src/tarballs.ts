import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

/** Where the repository begins. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Every published package by its name, as the path of its tarball. */
export type Tarballs = ReadonlyMap<string, string>;

/** Packs every published package into a folder, as publishing would. */
export async function packAll(folder: string): Promise<Tarballs> {
  const packages = join(ROOT, "packages");
  const filter = ["--recursive", "--filter", "./packages/*"];
  await pnpm(ROOT, [...filter, "pack", "--pack-destination", folder]);
  return new Map(
    readdirSync(packages).map((name) => {
      const { name: full, version } = manifestOf(join(packages, name));
      return [full, join(folder, `${full.slice(1).replace("/", "-")}-${version}.tgz`)];
    }),
  );
}

/**
 * Runs the repository's own pnpm, with its own store: what was compiled for it is not compiled again, unless something that
 * helps to compile it was published anew since.
 */
export async function pnpm(cwd: string, args: readonly string[]): Promise<string> {
  const env = headersHere();
  const { stdout } = await execa("pnpm", args, { cwd, env, preferLocal: true, localDir: ROOT });
  return stdout;
}

/** As for the repository's own installation: header files that came with this Node need not be fetched. */
function headersHere(): Record<string, string> {
  const prefix = dirname(dirname(process.execPath));
  if (!existsSync(join(prefix, "include", "node", "node.h"))) return {};
  return { npm_config_nodedir: process.env["npm_config_nodedir"] ?? prefix };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

/** Our own manifests, which pnpm has already refused if they had no name or version. */
function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
