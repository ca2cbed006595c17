import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";

const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));

it("plays the whole story, as npm start would, and everything in it is so", async () => {
  const env = {
    INIT_CWD: "/",
    npm_lifecycle_event: "start",
    SYNC_STATE_DIR: "/nonexistent",
    FORCE_COLOR: undefined,
  };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [PROGRAM], {
    env,
    reject: false,
  });
  const folder = /^ {2}(.*dbsync-demo-.*)$/m.exec(stdout)?.[1] ?? "";
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).not.toContain("✗");
  expect(stdout).toContain("1 conflict waits for your decision:\n- settings name='opening hours'");
  expect(stdout).toContain("Nothing else to do");
  expect(stdout).toContain("Both databases are sound and hold the same rows.");
  expect(stdout).toContain("npm start -- sync a.sqlite b.sqlite");
  expect(folder.startsWith(tmpdir())).toBe(true);
  expect(existsSync(folder)).toBe(true);
}, 60_000);
