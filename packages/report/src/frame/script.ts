import { readFileSync } from "node:fs";

/**
 * The page's script, as it was built from `browser/page.ts`: strict types and linting are worth a file of
 * its own. The path is the same from the sources and from what is published.
 */
export function pageScript(): string {
  return readFileSync(new URL("../../dist/browser/page.js", import.meta.url), "utf8");
}
