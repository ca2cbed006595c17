import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

const TERMINAL = fileURLToPath(new URL("terminal.py", import.meta.url));

/** What stands before the cursor, and what TAB must offer there; other offers may stand beside them. */
const OFFERS: readonly (readonly [string, readonly string[]])[] = [
  ["dbsync di", ["diff"]],
  ["dbsync conf", ["conflicts", "config"]],
  ["dbsync conflicts re", ["resolve"]],
  // What `conflicts` alone means is `conflicts list`.
  ["dbsync conflicts --j", ["--json"]],
  ["dbsync sync --dir", ["--direction"]],
  ["dbsync sync a.db b.db --direction m", ["mirror"]],
  ["dbsync sync a.db --lineage ", ["restored", "accept", "forget"]],
  // A value is no command.
  ["dbsync --config diff sync --qu", ["--quiet"]],
  ["dbsync conflicts resolve 12 --take ba", ["base"]],
  ["dbsync completion fi", ["fish"]],
];

/** Where nothing but a file name can stand, or nothing at all. */
const SILENT: readonly string[] = ["dbsync diff a", "dbsync status x", "dbsync diff --table or"];

describe("dbsync completion bash", () => {
  it("offers commands, options and their words, and leaves file names to readline", async () => {
    const desk = createDesk();
    const script = await scriptFor(desk, "bash");
    const lines = [...OFFERS.map(([line]) => line), ...SILENT];
    const { stdout, stderr } = await execa(
      "bash",
      ["--norc", "-c", askBash(lines), "bash", script],
      { cwd: desk.folder },
    );
    expect(stderr).toBe("");
    const offers = stdout.split("\n").map((line) => line.split(" ").filter((word) => word !== ""));
    for (const [at, [line, expected]] of OFFERS.entries()) {
      expect({ line, offers: offers[at] }).toEqual({
        line,
        offers: expect.arrayContaining([...expected]),
      });
    }
    expect(offers.slice(OFFERS.length, lines.length)).toEqual(SILENT.map(() => []));
  });

  it("completes on a terminal, with = and with names that need quotes", async ({ skip }) => {
    requirePython(skip);
    const desk = createDesk();
    desk.database("my shop.db", "");
    const script = await scriptFor(desk, "bash");
    writeFileSync(desk.path("rc"), `PS1='ready> '; source ${script}; ${PRINTS_WORDS}`);
    const shown = await onTerminal(
      desk,
      ["bash", "--rcfile", "rc", "-i"],
      [
        ["ready> ", "dbsync sync --direction=mir\t my\t\r"],
        [">\r\n", "exit\r"],
      ],
    );
    expect(shown).toContain("<sync><--direction=mirror><my shop.db>");
  });
});

describe("dbsync completion zsh", () => {
  it("completes on a terminal", async ({ skip }) => {
    requireShell("zsh", skip);
    requirePython(skip);
    const desk = createDesk();
    desk.database("my shop.db", "");
    const script = await scriptFor(desk, "zsh");
    const setup = `PS1='ready> '; autoload -U compinit; compinit -u -D; source ${script}`;
    writeFileSync(desk.path(".zshrc"), `${setup}; ${PRINTS_WORDS}`);
    const shown = await onTerminal(
      desk,
      ["zsh", "-d", "-i"],
      [
        ["ready> ", "dbsync sync --direction=mir\t--qui\tmy\t\r"],
        [">\r\n", "dbsync --config diff conflic\tres\t--ta\tba\t\r"],
        [">\r\n", "exit\r"],
      ],
    );
    expect(shown).toContain("<sync><--direction=mirror><--quiet><my shop.db>");
    expect(shown).toContain("<--config><diff><conflicts><resolve><--take><base>");
  });
});

describe("dbsync completion fish", () => {
  it("offers commands, options and their words", async ({ skip }) => {
    requireShell("fish", skip);
    const desk = createDesk();
    const script = await scriptFor(desk, "fish");
    const asked = OFFERS.map(([line]) => `complete -C '${line}' | string split -f 1 \\t; echo .`);
    const { stdout, stderr } = await execa(
      "fish",
      ["--no-config", "-c", [`source ${script}`, ...asked].join("\n")],
      { cwd: desk.folder, env: { HOME: desk.folder } },
    );
    expect(stderr).toBe("");
    const offers = stdout.split(/^\.$/m).map((part) => part.split("\n"));
    for (const [at, [line, expected]] of OFFERS.entries()) {
      expect({ line, offers: offers[at] }).toEqual({
        line,
        offers: expect.arrayContaining([...expected]),
      });
    }
  });
});

/** Stands for the command: prints each word that it was given. */
const PRINTS_WORDS = `dbsync() { printf '<%s>' "$@"; echo; }\n`;

/** Asks for each line as readline would, and prints the offers of each on a line. */
function askBash(lines: readonly string[]): string {
  return `source "$1"
${lines.map((line) => `COMP_WORDS=(${line.split(" ").map(bashWord).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _dbsync; echo "\${COMPREPLY[*]}"`).join("\n")}`;
}

function bashWord(word: string): string {
  return `'${word}'`;
}

async function scriptFor(desk: Desk, shell: string): Promise<string> {
  const { exitCode, stdout, stderr } = await desk.dbsync(["completion", shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const file = desk.path(`script.${shell}`);
  writeFileSync(file, `${stdout}\n`);
  return file;
}

/** What a terminal showed; each step waits for a text and then types. */
async function onTerminal(
  desk: Desk,
  command: readonly string[],
  steps: readonly (readonly [string, string])[],
): Promise<string> {
  const { stdout } = await execa("python3", [TERMINAL, JSON.stringify(steps), ...command], {
    cwd: desk.folder,
    env: { TERM: "dumb", HOME: desk.folder, ZDOTDIR: desk.folder },
    reject: false,
  });
  return stdout;
}

function requirePython(skip: (note: string) => void): void {
  const { status } = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]);
  if (status !== 0) skip("python3 (3.9 or later), which makes the terminal, is not here");
}

function requireShell(shell: string, skip: (note: string) => void): void {
  if (spawnSync(shell, ["--version"]).status !== 0) skip(`${shell} is not here`);
}
