import { readFileSync } from "node:fs";

/** The version of the command, as its package has it. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  // Our own manifest, which could not be published without one.
  return (manifest as { readonly version: string }).version;
}
