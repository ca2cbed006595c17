import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { PROGRAM, SHOP, createDesk, createPair } from "./desk.ts";
import type { Desk } from "./desk.ts";

const TERMINAL = fileURLToPath(new URL("terminal.py", import.meta.url));

/** `dbsync` in a script: the program under test. */
const DBSYNC = `dbsync() { '${process.execPath}' '${PROGRAM}' "$@"; }\n`;

async function bash(desk: Desk, script: string): Promise<{ stdout: string; stderr: string }> {
  return execa("bash", ["--norc", "-c", `${DBSYNC}${script}`], {
    cwd: desk.folder,
    env: { SYNC_STATE_DIR: desk.path(".state"), NO_COLOR: "1", FORCE_COLOR: undefined },
    reject: false,
  });
}

describe("in a pipe", () => {
  it("ends quietly when the reader has seen enough", async () => {
    const desk = createDesk();
    // More than any pipe holds.
    const rows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, 'some text to fill the pipe' FROM n`;
    desk.database("a.db", `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); ${rows}`);
    desk.database("b.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)");
    const { stdout, stderr } = await bash(
      desk,
      `for form in --rows --ndjson --sql; do
         dbsync diff a.db b.db $form | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"
       done`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: "0\n0\n0", stderr: "" });
  });

  it("does all of its work for a reader that never looked", async () => {
    const desk = createDesk();
    for (const name of ["a", "b", "c", "d"]) desk.database(`${name}.db`, SHOP);
    writeFileSync(
      desk.path("sync.config.json"),
      JSON.stringify({ pairs: { one: { a: "a.db", b: "b.db" }, two: { a: "c.db", b: "d.db" } } }),
    );
    desk.database("a.db", "UPDATE items SET pieces = 11 WHERE id = 1");
    desk.database("c.db", "UPDATE items SET pieces = 12 WHERE id = 1");
    const { stdout, stderr } = await bash(desk, `dbsync sync | true; echo "\${PIPESTATUS[0]}"`);
    expect({ stdout, stderr }).toEqual({ stdout: "1", stderr: "" });
    for (const name of ["one", "two"]) {
      expect((await desk.dbsync(["conflicts", name])).stdout).toContain("1 conflict waits");
    }
  });
});

describe("on a terminal of 40 columns, with NO_COLOR", () => {
  it("breaks every line but commands and paths, and sends no colours", async ({ skip }) => {
    requirePython(skip);
    const desk = createDesk();
    await createPair(desk);
    desk.database("a.db", "UPDATE items SET name = 'mug'; UPDATE settings SET value = 'A'");
    desk.database("b.db", "UPDATE items SET name = 'tin'; UPDATE settings SET value = 'B'");
    const script = `${DBSYNC}
      dbsync diff a.db b.db --rows; dbsync sync a.db b.db; dbsync conflicts a.db b.db
      dbsync conflicts show 1 a.db b.db; dbsync validate a.db b.db; dbsync explain`;
    const { stdout } = await execa("python3", [TERMINAL, "[]", "bash", "--norc", "-c", script], {
      cwd: desk.folder,
      env: {
        TERM: "xterm",
        TEST_COLUMNS: "40",
        NO_COLOR: "1",
        FORCE_COLOR: undefined,
        SYNC_STATE_DIR: desk.path(".state"),
      },
      reject: false,
    });
    expect(stdout).toContain("both sides changed");
    expect(stdout).toContain("SYNC_INTERNAL");
    // oxlint-disable-next-line no-control-regex -- colours are what must not be there
    expect(stdout).not.toMatch(/\u001B\[[\d;]*m/);
    const tooLong = stdout
      // On a busy machine a line tells how far it is, until it is taken back.
      // oxlint-disable-next-line no-control-regex -- as a terminal gets it
      .replaceAll(/\r\u001B\[2K[^\r\n]*/g, "")
      .split(/\r?\n/)
      .filter((line) => line.length > 40 && !/^ *`?dbsync |^ *`[^`]+`|^ *\/\S+$/.test(line));
    expect(tooLong).toEqual([]);
  });
});

describe("commands that are printed", () => {
  const NAMES = ["it's $HOME `x` !\".db", "-dash \\ b.db", "two\nlines\u001B[2J.db"] as const;

  it.each([
    [NAMES[0], NAMES[1]],
    [NAMES[2], "~b.db"],
  ])("can be pasted: %j, %j", async (a, b) => {
    const desk = createDesk();
    for (const name of [a, b]) desk.database(name, SHOP);
    desk.database(a, "UPDATE settings SET value = 'A'");
    desk.database(b, "UPDATE settings SET value = 'B'");
    const typed = [`./${a}`, `./${b}`];
    const synced = await desk.dbsync(["sync", ...typed]);
    const listed = await bash(desk, commandsIn(synced.stdout)[0] ?? "echo nothing");
    expect(listed.stdout).toContain("1 conflict waits");
    const [show = ""] = commandsIn(listed.stdout);
    const shown = await bash(desk, show);
    const ways = commandsIn(shown.stdout);
    expect(ways.length).toBeGreaterThan(3);
    const decide = ways.find((way) => way.endsWith("--take b")) ?? "";
    expect((await bash(desk, decide)).stdout).toContain("decided, both sides hold the same");
    expect(desk.rows(a, "SELECT value FROM settings")).toEqual([{ value: "B" }]);
  });
});

/** The lines that offer something to type. */
function commandsIn(printed: string): string[] {
  return printed.split("\n").flatMap((line) => /^ {2}(dbsync .*)$/.exec(line)?.[1] ?? []);
}

function requirePython(skip: (note: string) => void): void {
  const { status } = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]);
  if (status !== 0) skip("python3 (3.9 or later), which makes the terminal, is not here");
}
