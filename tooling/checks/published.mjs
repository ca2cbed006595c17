// Packs every public package as publishing would, and checks the tarball: publint for the manifest,
// attw for the types, and our own eyes for files that nobody should receive.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

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
async function complaintsAbout({ folder, manifest }, scratch) {
  const tarball = await pack(folder, scratch);
  const complaints = await unwantedFiles(tarball);
  complaints.push(...(await complaintsOf("publint", ["run", tarball, "--strict"])));
  // A package that is only a command has no types to check.
  if (manifest.exports?.["."] !== undefined) {
    complaints.push(...(await complaintsOf("attw", [tarball, "--profile", "esm-only"])));
  }
  return complaints;
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
  for (const candidate of publicPackages()) {
    const complaints = await complaintsAbout(candidate, scratch);
    console.log(`${candidate.manifest.name}: ${complaints.length === 0 ? "clean" : "not clean"}`);
    for (const complaint of complaints) console.log(complaint);
    if (complaints.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}
