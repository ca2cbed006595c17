import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import ts from "typescript";
import type { Mutation } from "./mutation.ts";

/** A copy of the repository to break things in, so that nobody's working tree is ever touched. */
export interface Workbench {
  readonly root: string;
  /** Breaks the copy, in its source and in what is built from it; returns the way back. */
  apply(mutation: Mutation): () => void;
  remove(): void;
}

/** Built by its `dist` folders: `npm run build` comes first. */
export function createWorkbench(repository: string): Workbench {
  const root = mkdtempSync(join(tmpdir(), "torture-mutants-"));
  const leftOut = new Set([".git", "node_modules", "reports", ".turbo"]);
  for (const entry of readdirSync(repository).filter((name) => !leftOut.has(name))) {
    cpSync(join(repository, entry), join(root, entry), {
      recursive: true,
      // Links between packages are relative, so that they lead into the copy.
      verbatimSymlinks: true,
      filter: (path) => basename(path) !== ".turbo",
    });
  }
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  const sources = sourcesOf(root);
  return {
    root,
    apply: (mutation) => {
      const path = placeOf(mutation, sources);
      const original = readFileSync(path, "utf8");
      write(
        path,
        original.replace(mutation.find, () => mutation.replace),
      );
      return () => write(path, original);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** @throws Error where the text does not stand exactly once: the list of mutations has to follow the code */
export function placeOf({ name, find }: Mutation, sources: readonly string[]): string {
  const places = sources.flatMap((path) =>
    Array.from({ length: readFileSync(path, "utf8").split(find).length - 1 }, () => path),
  );
  const [place] = places;
  if (place !== undefined && places.length === 1) return place;
  throw new Error(
    `"${name}" does not apply: its text stands ${places.length} times in the sources`,
  );
}

/** The sources of all packages, without their tests. */
export function sourcesOf(root: string): string[] {
  const packages = join(root, "packages");
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => join(folder, file));
  });
}

/** Types are not checked: a mutation may leave an import unused. */
function write(path: string, source: string): void {
  writeFileSync(path, source);
  writeFileSync(
    path.replace("/src/", "/dist/").replace(/\.ts$/, ".js"),
    toJavaScript(path, source),
  );
}

/** As the build does it, but for the source map. */
export function toJavaScript(path: string, source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      // NodeNext would have to find the package.json, and makes CommonJS without it.
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
    fileName: path,
  }).outputText;
}
