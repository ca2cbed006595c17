import type { Command } from "commander";
import { bashCompletion } from "../completion/bash.ts";
import { placesOf } from "../completion/command-tree.ts";
import type { Place } from "../completion/command-tree.ts";
import { fishCompletion } from "../completion/fish.ts";
import { zshCompletion } from "../completion/zsh.ts";
import type { Outcome } from "../exit-codes.ts";
import type { Session } from "../session.ts";

/** What `dbsync completion` can write for. */
export type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `dbsync completion SHELL`: a script made from the tree of commands, for the shell to read. */
export async function completion(
  session: Session,
  program: Command,
  shell: Shell,
): Promise<Outcome> {
  await session.terminal.print(SCRIPTS[shell](placesOf(program)));
  return "clean";
}
