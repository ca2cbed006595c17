// Packs every public package as publishing would, and checks the tarball: publint for the manifest,
// attw for the types, and our own eyes for files that nobody should receive and for what a manifest must say.
// docs/packages.md says how large each is, and what it brings along; `--write` writes that page.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkSizes, treeOf } from "./package-sizes.mjs";

const run = promisify(execFile);
const UNWANTED_FILE = /\.test\.|tsbuildinfo|\/fixtures\//;

function publicPackages() {
  if (!existsSync("packages")) return [];
  return readdirSync("packages")
    .map((name) => join("packages", name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** What is wrong with a package's tarball, in the words of the tool that found it. */
async function complaintsAbout({ folder, manifest }, tarball) {
  const complaints = [...missingFields(folder, manifest), ...(await unwantedFiles(tarball))];
  complaints.push(...(await complaintsOf("publint", ["run", tarball, "--strict"])));
  // A package that is only a command has no types to check.
  if (manifest.exports?.["."] !== undefined) {
    complaints.push(...(await complaintsOf("attw", [tarball, "--profile", "esm-only"])));
  }
  return complaints;
}

/** What every manifest of ours says; publint looks at the rest. */
function missingFields(folder, manifest) {
  const expected = {
    license: "MIT",
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    publishConfig: { access: "public" },
  };
  const wrong = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) => `${field} must be ${JSON.stringify(value)}`);
  if (manifest.repository?.directory !== folder)
    wrong.push(`repository.directory must be ${folder}`);
  if (!(manifest.description?.length > 20)) wrong.push("description must be a sentence");
  if (!(manifest.keywords?.length > 2)) wrong.push("keywords must be there");
  return wrong;
}

async function pack(folder, scratch) {
  const { stdout } = await run("pnpm", ["pack", "--json", "--pack-destination", scratch], {
    cwd: folder,
  });
  return JSON.parse(stdout).filename;
}

async function unwantedFiles(tarball) {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  return stdout
    .split("\n")
    .filter((path) => UNWANTED_FILE.test(path))
    .map((path) => `${path} must not be published`);
}

async function complaintsOf(command, args) {
  try {
    await run(command, args);
    return [];
  } catch (error) {
    return [`${command}:\n${error.stdout}${error.stderr}`];
  }
}

const scratch = mkdtempSync(join(tmpdir(), "sync-published-"));
try {
  // Each waits for processes of its own.
  const sizes = await Promise.all(
    publicPackages().map(async ({ folder, manifest }) => {
      const tarball = await pack(folder, scratch);
      return {
        manifest,
        bytes: statSync(tarball).size,
        tree: treeOf(folder),
        complaints: await complaintsAbout({ folder, manifest }, tarball),
      };
    }),
  );
  for (const { manifest, complaints } of sizes) {
    console.log(`${manifest.name}: ${complaints.length === 0 ? "clean" : "not clean"}`);
    for (const complaint of complaints) console.log(complaint);
    if (complaints.length > 0) process.exitCode = 1;
  }
  const stale = checkSizes(sizes, process.argv.includes("--write"));
  for (const line of stale) console.log(line);
  if (stale.length > 0) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
}
