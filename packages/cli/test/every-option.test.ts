import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.ts";
import type { Session } from "../src/session.ts";
import { argumentText, extraOf, helpOf, nameOf, sentence, shownOptions } from "./command-text.ts";
import { manPage } from "./man-page.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PAGE = join(ROOT, "docs", "cli.md");

// `SYNC_WRITE_DOCS=1` writes the page instead of comparing it; `npm run format` then aligns its tables.
const WRITES = process.env["SYNC_WRITE_DOCS"] === "1";

const program = createProgram(nobody(), "0.0.0", () => undefined);
const commands = [program, ...below(program)].map((command) => ({
  name: nameOf(command),
  command,
}));

/** Where commands are called as a user or a test calls them; this file would find only itself. */
const calls = [
  ...sources(join(ROOT, "packages", "cli", "test"), /(?<!every-option)\.test\.ts$/),
  ...sources(join(ROOT, "packages", "cli", "src"), /\.test\.ts$/),
  ...sources(join(ROOT, "docs"), /(?<!cli)\.md$/).flatMap(consoles),
  ...consoles(readFileSync(join(ROOT, "README.md"), "utf8")),
];

describe("every command", () => {
  it.each(commands)("$name says what it is for, with examples to type", ({ name, command }) => {
    const help = helpOf(command);
    expect(command.description()).not.toBe("");
    expect(help).toMatch(/^Examples?:$/m);
    expect(help).toMatch(
      new RegExp(
        `^  (?:\\w+=\\S+ )?dbsync (?:--config \\S+ )?${name.split(" ").slice(1).join(" ")}`,
        "m",
      ),
    );
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe("");
  });

  it.each(
    commands.flatMap(({ name, command }) =>
      shownOptions(command).map((option) => ({ name, flags: option.flags, option })),
    ),
  )("$name $flags says what it does, and a test or a page uses it", ({ name, option }) => {
    expect(option.description).not.toBe("");
    expect(calls.some((text) => uses(text, name, option))).toBe(true);
  });
});

it("docs/cli.md has every command with its arguments, options and examples", () => {
  const expected = `${HEAD}\n\n${commands.map(({ name, command }) => section(name, command)).join("\n\n")}\n`;
  if (WRITES) writeFileSync(PAGE, expected);
  else expect(withoutAlignment(readFileSync(PAGE, "utf8"))).toBe(withoutAlignment(expected));
});

describe("the manual page", () => {
  const file = join(ROOT, "packages", "cli", "man", "dbsync.1");

  it("has every command with its arguments, options and examples", () => {
    const expected = manPage(program);
    if (WRITES) writeFileSync(file, expected);
    else expect(readFileSync(file, "utf8")).toBe(expected);
  });

  it("is shown by man without a complaint, and can be pasted from", ({ skip }) => {
    const { status, stdout, stderr } = spawnSync("man", ["--warnings", "-P", "cat", "-l", file], {
      encoding: "utf8",
      env: { ...process.env, MANWIDTH: "100", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" },
    });
    if (status === null) return skip("man is not here");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("dbsync diff a.db b.db --ndjson | jq .key");
    expect(stdout).toContain("--take a \\");
    for (const { name } of commands.slice(1)) expect(stdout).toContain(name);
  });
});

const HEAD = `# dbsync, command by command

<!-- Written by packages/cli/test/every-option.test.ts: change the program, then SYNC_WRITE_DOCS=1 npm test -- packages/cli. -->

What \`dbsync COMMAND --help\` prints. Wherever a pair is wanted, a pair of the [config](configuration.md) or two databases will do.`;

function section(name: string, command: Command): string {
  const rows = [
    ...command.registeredArguments.map((argument) =>
      row(argumentText(argument), argument.description),
    ),
    ...shownOptions(command).map((option) => row(option.flags, optionText(option))),
  ];
  const table = rows.length === 0 ? [] : [["|     |     |", "| --- | --- |", ...rows].join("\n")];
  const extra = extraOf(command);
  return [
    `## ${name}`,
    sentence(command.description()),
    ...table,
    `\`\`\`text\n${extra}\n\`\`\``,
  ].join("\n\n");
}

function row(left: string, right: string): string {
  return `| \`${left}\` | ${right.replaceAll("|", "\\|")} |`;
}

function optionText({ description, argChoices, defaultValue }: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`]),
    // Those of ours are words and numbers.
    ...(defaultValue === undefined ? [] : [`default ${String(defaultValue as unknown)}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

/** A call of the command in which the option stands: near it in a test, on its line in a page. */
function uses(text: string, name: string, { long, short }: Option): boolean {
  const words = wordsOf(name);
  const flag = (flags: string | undefined): boolean =>
    flags !== undefined && new RegExp(`(?<![\\w-])${flags}(?![\\w-])`).test(text);
  const isCalled = words.every((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text));
  return isCalled && (flag(long) || flag(short));
}

/** The words that choose a command; one that is meant without its last word needs only the others. */
function wordsOf(name: string): string[] {
  const words = name.split(" ").slice(1);
  return MEANT_WITHOUT.includes(name) ? words.slice(0, -1) : words;
}

const MEANT_WITHOUT: readonly string[] = ["dbsync conflicts list", "dbsync config print"];

function below(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...below(one)]);
}

/** Each test of a file by itself, so that an option counts only beside its command. */
function sources(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .flatMap((text) =>
      pattern.source.includes("md") ? [text] : text.split(/\n {0,4}(?:it|test)\b/),
    );
}

/** The commands of a page's sessions, one by one. */
function consoles(page: string): string[] {
  return [...page.matchAll(/^\$ (dbsync .*(?:\\\n.*)*)/gm)].map(([, line]) => line ?? "");
}

function withoutAlignment(text: string): string {
  return text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
}

/** Building the tree asks nothing of it. */
function nobody(): Session {
  const never = (): never => {
    throw new Error("nothing is run here");
  };
  const unused: Partial<Session> = { path: never, config: never };
  return unused as Session;
}
