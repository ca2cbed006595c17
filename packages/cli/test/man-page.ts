import type { Command, Option } from "commander";
import { argumentText, extraOf, nameOf, sentence, shownOptions } from "./command-text.ts";

/** The manual page of a program, made from its tree of commands, in roff with the macros of man(7). */
export function manPage(program: Command): string {
  const name = program.name();
  return [
    `.\\" Written by packages/cli/test/every-option.test.ts: change the program, not this page.`,
    `.TH ${name.toUpperCase()} 1 "" "" "User Commands"`,
    ".SH NAME",
    `${name} \\- ${roff(program.description().replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    `[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]`,
    ".SH DESCRIPTION",
    roff(DESCRIPTION),
    ".SH OPTIONS",
    ...optionLines(program),
    ...examplesOf(program),
    ".SH COMMANDS",
    ...program.commands.flatMap((command) => sectionsOf(command)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([variable, text]) => [".TP", `.B ${roff(variable)}`, roff(text)]),
    ".SH SEE ALSO",
    ".BR sqlite3 (1)",
    "",
  ].join("\n");
}

const DESCRIPTION =
  "Wherever a pair is wanted, a pair of the config or two databases will do. What is found goes to stdout, messages go to stderr. Every error has a code; `dbsync explain CODE` says what it means, what happened to the data, and what to do.";

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["SYNC_STATE_DIR", "Where what is remembered about pairs lies. Else $XDG_STATE_HOME/sync."],
  ["SYNC_BACKUP_ROOT", "Where backups go. Else $GH_COPILOT_BACKUP_ROOT, else the state folder."],
  ["SYNC_…", "Other settings of the config; `dbsync config print` names what holds."],
  ["NO_COLOR, FORCE_COLOR", "Set to anything but nothing: no colours; colours also in a pipe."],
];

function sectionsOf(command: Command): string[] {
  const own = [
    `.SS ${roff(`${nameOf(command)} ${command.registeredArguments.map(argumentText).join(" ")}`.trim())}`,
    roff(sentence(command.description())),
    ...command.registeredArguments.flatMap((argument) => [
      ".TP",
      `\\fI${roff(argumentText(argument))}\\fR`,
      roff(sentence(argument.description)),
    ]),
    ...optionLines(command),
    ...examplesOf(command),
  ];
  return [...own, ...command.commands.flatMap((one) => sectionsOf(one))];
}

function optionLines(command: Command): string[] {
  return shownOptions(command).flatMap((option) => [
    ".TP",
    `\\fB${roff(option.flags)}\\fR`,
    roff(optionText(option)),
  ]);
}

function optionText({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? "" : ` One of ${argChoices.join(", ")}.`;
  // Those of ours are words and numbers.
  const ifNot = defaultValue === undefined ? "" : ` Default: ${String(defaultValue as unknown)}.`;
  return `${sentence(description)}${choices}${ifNot}`;
}

/** What stands below the options in the help, as it is. */
function examplesOf(command: Command): string[] {
  return [".PP", ".nf", ...extraOf(command).split("\n").map(roff), ".fi"];
}

/** Text as it is: what is pasted from the page must be what was typed into it (groff_char(7)). */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(/^\./, "\\&.");
}
