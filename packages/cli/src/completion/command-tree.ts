import type { Command, Option } from "commander";

/** What can be typed at one place of the command line; the program itself has the path `""`. */
export interface Place {
  /** The words that lead here, each after a space: `""`, `" diff"`, `" conflicts list"`. */
  readonly path: string;
  /** Commands, and the words that an argument may be. */
  readonly words: readonly Named[];
  readonly options: readonly Flag[];
  /** Paths or pairs may follow. */
  readonly takesOperands: boolean;
}

interface Named {
  readonly name: string;
  readonly description: string;
}

/** An option under one of its names. */
export interface Flag extends Named {
  readonly value: FlagValue;
}

/** What an option wants after it. */
export type FlagValue =
  | { readonly type: "none" }
  | { readonly type: "words"; readonly words: readonly string[] }
  | { readonly type: "file" }
  | { readonly type: "text" };

/** Every place of a program, itself first: what a script for a shell is made from. */
export function placesOf(program: Command): Place[] {
  return placesBelow(program, "");
}

/** What can be typed to choose a command: `" conflicts list"`. */
export function pathsOf(places: readonly Place[]): string[] {
  return places.map(({ path }) => path).filter((path) => path !== "");
}

/** `" diff --table"`: after these, a word is a value and no command. */
export function placesOfValues(places: readonly Place[]): string[] {
  return places.flatMap(({ path, options }) =>
    options.filter(({ value }) => value.type !== "none").map(({ name }) => `${path} ${name}`),
  );
}

function placesBelow(command: Command, path: string): Place[] {
  const shown = command.createHelp().visibleCommands(command);
  const own: Place = {
    path,
    words: [
      ...shown.map((one) => ({ name: one.name(), description: one.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
        argChoices.map((name) => ({ name, description: "" })),
      ),
    ],
    options: [command, ...meantBy(command)].flatMap((one) => flagsOf(one)).filter(isFirst),
    takesOperands: [command, ...meantBy(command)].some((one) =>
      one.registeredArguments.some(({ argChoices }) => argChoices === undefined),
    ),
  };
  const below = command.commands.flatMap((one) => placesBelow(one, `${path} ${one.name()}`));
  return [own, ...below];
}

/** `dbsync conflicts A B` means `dbsync conflicts list A B`. */
function meantBy(command: Command): Command[] {
  // commander keeps the name to itself; a test completes `dbsync conflicts --json`.
  const name: unknown = Reflect.get(command, "_defaultCommandName");
  return command.commands.filter((one) => one.name() === name);
}

function flagsOf(command: Command): Flag[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) =>
      [option.short, option.long].flatMap((name) =>
        name === undefined
          ? []
          : [{ name, description: option.description, value: valueOf(option) }],
      ),
    );
}

function isFirst({ name }: Flag, at: number, all: readonly Flag[]): boolean {
  return all.findIndex((one) => one.name === name) === at;
}

function valueOf({ flags, required, argChoices }: Option): FlagValue {
  if (!required) return { type: "none" };
  if (argChoices !== undefined) return { type: "words", words: argChoices };
  return /<(?:file|pair\.\.\.)>/.test(flags) ? { type: "file" } : { type: "text" };
}
