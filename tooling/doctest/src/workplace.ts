import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listWatchers } from "@sync/core";
import { execa } from "execa";
import type { CodeBlock } from "./document.ts";
import type { Ended } from "./session.ts";
import { layOutShop } from "./shop.ts";

/** Where the blocks of pages run: a temporary folder for each page. */
export interface Workplace {
  /** Makes the page's folder, with `dbsync` on its path, the shop, and its examples as files. */
  prepare(page: string, examples: readonly CodeBlock[]): Promise<void>;
  folderOf(page: string): string;
  /** The file of an example. */
  sourceOf(page: string, block: CodeBlock): string;
  /** Runs a program in the page's folder. Never rejects for how it ends. */
  execute(page: string, file: string, args: readonly string[]): Promise<Ended>;
  remove(): void;
}

/** Inside this package, so that examples find the packages it depends on, as a user's project would. */
export function makeWorkplace(): Workplace {
  const cache = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, "doctest-"));
  writeFileSync(join(root, "package.json"), `{ "type": "module" }`);
  const folderOf = (page: string): string =>
    join(root, page.replace(/\.md$/, "").replaceAll(/[/\\]/g, "-"));
  const sourceOf = (page: string, { line }: CodeBlock): string =>
    join(folderOf(page), `line-${line}.ts`);
  return {
    folderOf,
    sourceOf,
    prepare: async (page, examples) => {
      const folder = folderOf(page);
      mkdirSync(binOf(folder), { recursive: true });
      writeFileSync(join(binOf(folder), "dbsync"), dbsyncCommand(), { mode: 0o755 });
      await layOutShop(folder, stateOf(folder));
      for (const block of examples) writeFileSync(sourceOf(page, block), block.text);
    },
    execute: (page, file, args) => executeIn(folderOf(page), file, args),
    remove: () => {
      for (const entry of readdirSync(root, { withFileTypes: true })) {
        if (entry.isDirectory()) endWatchers(stateOf(join(root, entry.name)));
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function executeIn(folder: string, file: string, args: readonly string[]): Promise<Ended> {
  const { exitCode, all } = await execa(file, args, {
    all: true,
    cwd: folder,
    env: {
      PATH: [binOf(folder), process.env["PATH"] ?? ""].join(delimiter),
      SYNC_STATE_DIR: stateOf(folder),
      NO_COLOR: "1",
      // Node warns where both are set, as a test runner may have done.
      FORCE_COLOR: undefined,
    },
    reject: false,
    stdin: "ignore",
  });
  return { exitCode: exitCode ?? -1, output: all };
}

/** A session that deviates from its page may leave one in the background. */
function endWatchers(stateDir: string): void {
  for (const { pid } of listWatchers(stateDir)) process.kill(pid, "SIGKILL");
}

function binOf(folder: string): string {
  return join(folder, ".bin");
}

function stateOf(folder: string): string {
  return join(folder, ".state");
}

/** What an installer makes of the package's `bin`: a built file is not executable by itself. */
function dbsyncCommand(): string {
  return `#!/bin/sh\nexec "${process.execPath}" "${dbsyncProgram()}" "$@"\n`;
}

function dbsyncProgram(): string {
  const manifest = createRequire(import.meta.url).resolve("@sync/cli/package.json");
  return join(dirname(manifest), "dist", "main.js");
}
