import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { PROGRAM, SHOP, createDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

const TERMINAL = fileURLToPath(new URL("terminal.py", import.meta.url));
const ENTER = "\r";
const DOWN = "\u001B[B";
const ESCAPE = "\u0003";

/** `dbsync` on a real terminal; each step waits for a text and then types. */
async function onTerminal(
  desk: Desk,
  args: readonly string[],
  steps: readonly (readonly [string, string])[],
): Promise<{ readonly exitCode: number | undefined; readonly shown: string }> {
  const { exitCode, stdout } = await execa(
    "python3",
    [TERMINAL, JSON.stringify(steps), process.execPath, PROGRAM, ...args],
    {
      cwd: desk.folder,
      env: { SYNC_STATE_DIR: desk.path(".state"), TERM: "xterm" },
      reject: false,
    },
  );
  return { exitCode, shown: stdout };
}

function requirePython(skip: (note: string) => void): void {
  const { status } = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]);
  if (status !== 0) skip("python3 (3.9 or later), which makes the terminal, is not here");
}

describe("dbsync init on a terminal", () => {
  it("asks for all it needs and writes a config that works", async ({ skip }) => {
    requirePython(skip);
    const desk = createDesk();
    desk.database("office.db", SHOP);
    desk.database("field.db", SHOP);
    const { exitCode, shown } = await onTerminal(
      desk,
      ["init"],
      [
        ["One database", `office.db${ENTER}`],
        ["The other one", `field.db${ENTER}`],
        ["A name for the pair", ENTER],
        ["Who wins", `${DOWN}${ENTER}`],
      ],
    );
    expect(exitCode).toBe(0);
    expect(shown).toContain("Wrote sync.config.yaml: the pair office is office.db and field.db.");
    expect(readFileSync(desk.path("sync.config.yaml"), "utf8")).toMatch(/policy: "manual"/);
    const synced = await desk.dbsync(["sync", "office"]);
    expect({ exitCode: synced.exitCode, stderr: synced.stderr }).toEqual({
      exitCode: 0,
      stderr: "",
    });
  });

  it("asks only for what the command line does not say", async ({ skip }) => {
    requirePython(skip);
    const desk = createDesk();
    const args = ["init", "a.db", "b.db", "--name", "shop"];
    const { exitCode, shown } = await onTerminal(desk, args, [["Who wins", ENTER]]);
    expect(exitCode).toBe(0);
    expect(shown).not.toContain("One database");
    expect(readFileSync(desk.path("sync.config.yaml"), "utf8")).toMatch(/"?shop"?:/);
  });

  it("writes nothing for somebody who thinks better of it", async ({ skip }) => {
    requirePython(skip);
    const desk = createDesk();
    const { shown } = await onTerminal(
      desk,
      ["init"],
      [
        ["One database", `office.db${ENTER}`],
        ["The other one", ESCAPE],
      ],
    );
    expect(shown).not.toContain("Wrote");
    expect(existsSync(desk.path("sync.config.yaml"))).toBe(false);
  });
});
