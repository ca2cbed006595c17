import type { Argument, Command, Option } from "commander";

/** `dbsync conflicts list`. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** `<pair...>`, `[code]`. */
export function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Without those that one process of ours gives to another. */
export function shownOptions(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}

export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

/** All that is printed, what stands below the options included. */
export function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

/** What stands below the options. */
export function extraOf(command: Command): string {
  return helpOf(command).slice(command.helpInformation().length).trim();
}
