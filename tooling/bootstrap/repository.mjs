import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A path inside the repository, from its parts. */
export function inRepository(...parts) {
  return join(repositoryRoot, ...parts);
}

/** A parsed JSON file of the repository; undefined if there is no such file. */
export function readJson(...parts) {
  try {
    return JSON.parse(readFileSync(inRepository(...parts), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Tells what is being done, one line per step; on stderr, so that stdout stays the task's own. */
export function announce(step) {
  process.stderr.write(`sync: ${step}\n`);
}
