// How large a package is and what it brings along, for docs/packages.md.
import {
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const PAGE = join("docs", "packages.md");
/** Sizes move with each patch of a dependency; what a reader should know of is more than this. */
const TOLERANCE = 0.15;

/** Every package that comes along with the one in a folder, with its bytes; ours included, itself left out. */
export function treeOf(folder, found = new Map()) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const place = installedAt(folder, name);
    if (found.has(name) || place === null) continue;
    found.set(name, { name, bytes: bytesOf(place) });
    treeOf(place, found);
  }
  return found;
}

/** As Node looks for it: beside the package, or in a folder above. */
function installedAt(folder, name) {
  for (let at = realpathSync(folder); at !== dirname(at); at = dirname(at)) {
    const place = join(at, "node_modules", name);
    if (existsSync(place)) return realpathSync(place);
  }
  return null;
}

/** What is published of a package; what was compiled on this machine is not. */
function bytesOf(folder) {
  const { files } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const isOurs = !folder.includes("node_modules");
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      ({ name }) =>
        !["node_modules", "build", "src", "test"].includes(name) || (!isOurs && name === "src"),
    )
    .filter(
      ({ name }) =>
        !isOurs || name === "package.json" || name === "README.md" || files.includes(name),
    )
    .reduce((sum, entry) => sum + sizeOf(join(folder, entry.name)), 0);
}

function sizeOf(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** What is wrong with the page, in words; with `writes`, the page is written instead. */
export function checkSizes(sizes, writes) {
  const rows = sizes.map((size) => rowOf(size));
  if (writes) {
    writeFileSync(PAGE, pageOf(rows));
    return [];
  }
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  return rows.flatMap((row) => {
    const cells = page
      .split("\n")
      .find((line) => line.startsWith(`| \`${row.name}\``))
      ?.split("|")
      .map((cell) => cell.trim());
    const wrong = ["packed", "others", "tree"].filter(
      (field, at) => !isNear(Number.parseFloat(cells?.[at + 2] ?? ""), row[field]),
    );
    const others = cells?.[5] === row.names ? [] : ["what comes along"];
    return [...wrong, ...others].map(
      (what) => `${PAGE}: ${row.name}: ${what} is stale. npm run write:sizes writes the page.`,
    );
  });
}

function isNear(said, found) {
  return Math.abs(said - found) <= Math.max(found * TOLERANCE, 0.2);
}

function rowOf({ manifest, bytes, tree }) {
  const others = [...tree.values()];
  return {
    name: manifest.name,
    packed: Math.round(bytes / 1000),
    others: others.length,
    tree: Math.round(others.reduce((sum, one) => sum + one.bytes, 0) / 100_000) / 10,
    names: directOf(manifest),
  };
}

function directOf(manifest) {
  const names = Object.keys(manifest.dependencies ?? {});
  return names.length === 0 ? "nothing" : names.map((name) => `\`${name}\``).join(", ");
}

function pageOf(rows) {
  return `# Packages and their sizes

<!-- Written by npm run write:sizes; checked by npm run check:published. -->

What each package weighs, and what comes along with it. Packed: what is downloaded of the package itself. The tree: everything that it depends on, unpacked, ours included; SQLite's compiled addon comes to that where \`better-sqlite3\` is in it (its sources are counted). Sizes move a little with each release of a dependency: within 15 % the page counts as right.

| package | packed, kB | packages in its tree | tree, MB | depends on |
| --- | --- | --- | --- | --- |
${rows.map((row) => `| \`${row.name}\` | ${row.packed} | ${row.others} | ${row.tree} | ${row.names} |`).join("\n")}

\`@sync/model\`, \`@sync/resolvers\`, \`@sync/logging\`, \`@sync/watcher\` and \`@sync/report\` bring no native module and no database.
`;
}
