import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createDesk } from "./desk.ts";

// Each test starts processes, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

// That what it writes builds, keeps its own tests and is found by name: tooling/pack/test/scaffold.test.ts.
describe("dbsync init resolver", () => {
  it.each([
    ["stock", "sync-resolver-stock", "sync-resolver-stock", "stock"],
    ["sync-resolver-stock", "sync-resolver-stock", "sync-resolver-stock", "stock"],
    ["@acme/max", "sync-resolver-max", "@acme/sync-resolver-max", "@acme/max"],
  ])("%s writes a package that is found by that name", async (given, folder, name, policy) => {
    const desk = createDesk();
    const { exitCode, stdout } = await desk.dbsync(["init", "resolver", given, "--json"]);
    expect(exitCode).toBe(0);
    const document = JSON.parse(stdout) as { files: string[] };
    expect(document).toMatchObject({ folder, package: name, policy });
    for (const file of document.files) {
      expect(existsSync(join(desk.folder, folder, file))).toBe(true);
    }
    const manifest: unknown = JSON.parse(
      readFileSync(join(desk.folder, folder, "package.json"), "utf8"),
    );
    expect(manifest).toMatchObject({
      name,
      publishConfig: { access: "public" },
      dependencies: { "@sync/resolvers": expect.stringMatching(/^\^\d+\.\d+\.\d+/) },
    });
  });

  it("says what to do next", async () => {
    const { stdout } = await createDesk().dbsync(["init", "resolver", "stock"]);
    expect(stdout).toContain("cd sync-resolver-stock");
    expect(stdout).toContain("dbsync sync a.db b.db --policy stock,last-write-wins");
  });

  it("writes over nothing", async () => {
    const desk = createDesk();
    const folder = join(desk.folder, "sync-resolver-stock");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), "mine");
    const { exitCode, stderr } = await desk.dbsync(["init", "resolver", "stock"]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("is a sync-resolver-stock here already"),
    ]);
    expect(readFileSync(join(folder, "package.json"), "utf8")).toBe("mine");
    expect(existsSync(join(folder, "src"))).toBe(false);
  });

  it.each([
    ["max", "There is a built-in policy max already"],
    ["Stock", "cannot be the name of a package"],
    ["../stock", "cannot be the name of a package"],
    ["@acme/", "cannot be the name of a package"],
    ["sync-resolver-", "cannot be the name of a package"],
    ["a-name-that-is-far-longer-than-npm-takes".repeat(6), "cannot be the name of a package"],
  ])("refuses the name %s", async (name, reason) => {
    const desk = createDesk();
    const { exitCode, stderr } = await desk.dbsync(["init", "resolver", name]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});
