// The scope under which packages are published is one setting: everything that names it is rewritten in a copy.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Under this one the sources are written. */
const OWN_SCOPE = "@sync";
const TEXTS = /\.(?:[cm]?js|ts|map|json|md|1)$/;

export function isScope(name) {
  return /^@[a-z0-9][a-z0-9_-]*$/.test(name);
}

/** Rewrites `@sync/x` to `@other/x` in every package of a copy: names, imports, declarations, READMEs. */
export function renameScope(root, scope) {
  if (scope === OWN_SCOPE) return;
  for (const name of readdirSync(join(root, "packages")))
    renameIn(join(root, "packages", name), scope);
}

function renameIn(path, scope) {
  if (path.endsWith("node_modules")) return;
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) renameIn(join(path, name), scope);
    return;
  }
  if (!TEXTS.test(path)) return;
  const text = readFileSync(path, "utf8");
  const renamed = text.replaceAll(
    /@sync(?=\/(?:cli|core|logging|manager|model|report|resolvers|watcher)\b)/g,
    scope,
  );
  if (renamed !== text) writeFileSync(path, renamed);
}
