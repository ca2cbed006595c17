import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Every page of documentation: READMEs, what else stands at the root, and `docs`. Relative paths. */
export function findPages(): string[] {
  const groups = ["packages", "apps", "tooling"].flatMap((group) =>
    foldersIn(group).map((name) => join(group, name)),
  );
  return ["", ...groups, ...foldersBelow("docs")].flatMap(pagesIn).toSorted();
}

/** Sources of packages with examples in their comments. Relative paths. */
export function findCommented(): string[] {
  return foldersIn("packages")
    .flatMap((name) => foldersBelow(join("packages", name, "src")))
    .flatMap((folder) =>
      readdirSync(join(REPOSITORY, folder))
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
        .map((name) => join(folder, name)),
    )
    .filter((path) => / \* ```ts\n/.test(readFileSync(join(REPOSITORY, path), "utf8")))
    .toSorted();
}

function pagesIn(folder: string): string[] {
  const isPage = (name: string): boolean =>
    folder === "" || folder.startsWith("docs")
      ? name.endsWith(".md") && name !== "CHANGELOG.md"
      : name === "README.md";
  return readdirSync(join(REPOSITORY, folder))
    .filter(isPage)
    .map((name) => join(folder, name));
}

function foldersIn(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map(({ name }) => name);
}

function foldersBelow(folder: string): string[] {
  const children = foldersIn(folder).map((name) => join(folder, name));
  return [folder, ...children.flatMap(foldersBelow)];
}
