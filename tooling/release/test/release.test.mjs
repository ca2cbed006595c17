import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isScope } from "../scope.mjs";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../main.mjs", import.meta.url));
const PATH = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);

describe("pnpm release --pack with another scope", () => {
  const project = mkdtempSync(join(tmpdir(), "sync-release-test-"));
  const modules = join(project, "node_modules");
  const versionsBefore = versions();
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  beforeAll(async () => {
    const packed = join(project, "packed");
    const args = [MAIN, "--pack", packed, "--scope", "@acme"];
    const { stdout } = await run(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, PATH },
    });
    for (const tarball of stdout.trim().split("\n")) await install(tarball, project);
  }, 240_000);

  it("leaves no word of the other scope, and a licence in each", () => {
    const folders = readdirSync(join(modules, "@acme"));
    expect(folders).toEqual(readdirSync(join(ROOT, "packages")));
    for (const name of folders) {
      const folder = join(modules, "@acme", name);
      const { name: full, dependencies = {}, devDependencies } = readManifest(folder);
      expect(full).toBe(`@acme/${name}`);
      expect(devDependencies).toBeUndefined();
      expect(Object.keys(dependencies).filter((one) => one.startsWith("@sync/"))).toEqual([]);
      expect(existsSync(join(folder, "LICENSE"))).toBe(true);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      const named = files.filter(
        (file) =>
          /\.(?:js|ts|json|md)$/.test(file) &&
          readFileSync(join(folder, file), "utf8").includes("@sync/"),
      );
      expect({ name, named }).toEqual({ name, named: [] });
    }
  });

  it("computes versions from the changesets, and ranges with them", () => {
    const { version, dependencies } = readManifest(join(modules, "@acme", "cli"));
    const core = readManifest(join(modules, "@acme", "core"));
    expect(dependencies["@acme/core"]).toBe(`^${core.version}`);
    const isPending = readdirSync(join(ROOT, ".changeset")).some((file) => file.endsWith(".md"));
    expect(version === readManifest(join(ROOT, "packages", "cli")).version).toBe(!isPending);
  });

  it("works: a program of the other scope, and its command", async () => {
    writeFileSync(
      join(project, "program.mjs"),
      'import { POLICY_NAMES } from "@acme/resolvers"; import { SyncManager } from "@acme/manager"; console.log(POLICY_NAMES.includes("rekey"), typeof SyncManager);',
    );
    const program = await run(process.execPath, ["program.mjs"], { cwd: project });
    expect(program.stdout).toBe("true function\n");
    const cli = join(modules, "@acme", "cli");
    const { stdout } = await run(process.execPath, [join(cli, "dist", "main.js"), "--version"]);
    expect(stdout.trim()).toBe(readManifest(cli).version);
  });

  it("leaves the tree as it is", () => {
    expect(versions()).toEqual(versionsBefore);
  });
});

it("takes a scope for a scope, and nothing else", () => {
  expect(["@acme", "@a-b_c9", "acme", "@", "@Acme", "@a/b"].map(isScope)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

/** What an installer does, with dependencies from outside as this workspace has them. */
async function install(tarball, project) {
  const name = /acme-(\w+)-/.exec(tarball)?.[1] ?? "";
  const folder = join(project, "node_modules", "@acme", name);
  mkdirSync(folder, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder]);
  for (const dependency of Object.keys(readManifest(folder).dependencies ?? {})) {
    if (dependency.startsWith("@acme/")) continue;
    const place = join(project, "node_modules", dependency);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place))
      symlinkSync(join(ROOT, "packages", name, "node_modules", dependency), place);
  }
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** What a release would change in the tree. */
function versions() {
  return readdirSync(join(ROOT, "packages")).map((name) => {
    const folder = join(ROOT, "packages", name);
    return [readManifest(folder).version, existsSync(join(folder, "CHANGELOG.md"))];
  });
}
