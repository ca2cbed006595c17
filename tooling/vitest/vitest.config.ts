import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Every workspace folder that has a package.json, as `packages/model`. */
function workspaceFolders(): string[] {
  return ["packages", "apps", "tooling"]
    .filter((group) => existsSync(join(repositoryRoot, group)))
    .flatMap((group) =>
      readdirSync(join(repositoryRoot, group))
        .toSorted()
        .map((name) => `${group}/${name}`),
    )
    .filter((folder) => existsSync(join(repositoryRoot, folder, "package.json")));
}

function packageName(folder: string): string {
  // Our own manifests, which pnpm has already refused if they had no name.
  const manifest = JSON.parse(
    readFileSync(join(repositoryRoot, folder, "package.json"), "utf8"),
  ) as { name: string };
  return manifest.name;
}

// One project per package: its own sources are read as TypeScript, the packages it depends on come
// from their built dist, exactly as a user's would.
export default defineConfig({
  root: repositoryRoot,
  test: {
    // Child processes rather than threads: better-sqlite3 is a native addon, and packages under test
    // start worker threads of their own.
    pool: "forks",
    // Most tests wait for processes that they start: one more at a time than there are cores.
    maxWorkers: availableParallelism() + 1,
    projects: workspaceFolders().map((folder) => ({
      extends: true as const,
      root: join(repositoryRoot, folder),
      test: {
        name: packageName(folder),
        include: ["src/**/*.test.ts", "test/**/*.test.{ts,mjs}"],
      },
    })),
  },
});
