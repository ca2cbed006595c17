import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { serviceUnit } from "./service-unit.ts";

const UNIT = serviceUnit({
  command: [process.execPath, "/opt/100% sure/main.js", "watch", 'a "b" $c.db', "d\\e.db"],
  folder: tmpdir(),
  env: { SYNC_STATE_DIR: "/var/x y", SYNC_POLICY: "", OTHER: "1" },
});

describe("a service unit", () => {
  test("quotes what systemd would take apart", () => {
    expect(UNIT).toContain(String.raw`"/opt/100%% sure/main.js" watch "a \"b\" $$c.db" "d\\e.db"`);
    expect(UNIT).toContain('Environment="SYNC_STATE_DIR=/var/x y"');
    expect(UNIT).not.toMatch(/OTHER|SYNC_POLICY/);
  });

  test("tries again for ever, but not after a clean end or with a wrong config", () => {
    for (const line of [
      "StartLimitIntervalSec=0",
      "Restart=on-failure",
      "RestartPreventExitStatus=2",
      "WantedBy=default.target",
    ]) {
      expect(UNIT.split("\n")).toContain(line);
    }
  });

  test.runIf(hasSystemd())("is understood by systemd", () => {
    const folder = mkdtempSync(join(tmpdir(), "unit-"));
    try {
      const file = join(folder, "dbsync-test.service");
      writeFileSync(file, UNIT);
      // It says nothing where there is nothing to say.
      expect(
        execFileSync("systemd-analyze", ["verify", "--user", "--man=no", file], {
          encoding: "utf8",
          env: { ...process.env, XDG_RUNTIME_DIR: folder },
          stdio: "pipe",
        }),
      ).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function hasSystemd(): boolean {
  try {
    execFileSync("systemd-analyze", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
