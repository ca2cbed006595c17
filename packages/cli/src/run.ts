import type { LoadedConfig } from "@sync/manager/config";
import { isSyncError, SyncError } from "@sync/model";
import { CommanderError } from "commander";
import type { Outcome } from "./exit-codes.ts";
import { exitCodeOfError, exitCodeOfOutcome, exitCodeOfSignal } from "./exit-codes.ts";
import { errorText } from "./output/error-text.ts";
import { errorDocument, jsonText } from "./output/json.ts";
import { processTerminal } from "./output/terminal.ts";
import type { Terminal } from "./output/terminal.ts";
import { sentence } from "./output/text.ts";
import { pathFromUser } from "./paths.ts";
import type { PreparedWork } from "./prepare-work.ts";
import { createProgram } from "./program.ts";
import type { Session } from "./session.ts";
import { listenForSignals } from "./signals.ts";
import { packageVersion } from "./version.ts";

/**
 * Runs one command line to its end and says how the process shall exit.
 *
 * @param args - without the program: `["diff", "a.sqlite", "b.sqlite"]`
 * @param prepared - what was started for the command already; closed in the end
 */
export async function run(
  args: readonly string[],
  prepared: PreparedWork | null = null,
): Promise<number> {
  const terminal = processTerminal();
  const signals = listenForSignals();
  let config: Promise<LoadedConfig> | null = null;
  const session: Session = {
    terminal,
    signal: signals.signal,
    prepared,
    path: pathHere,
    config: () => (config ??= loadConfig(program.opts<{ readonly config?: string }>().config)),
  };
  let outcome: Outcome = "clean";
  const program = createProgram(session, packageVersion(), (found) => {
    outcome = found;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    const signal = signals.received();
    return signal === null ? exitCodeOfOutcome(outcome) : exitCodeOfSignal(signal);
  } catch (error) {
    if (isHelp(error)) return exitCodeOfOutcome("clean");
    const problem = toSyncError(error, args);
    await printError(problem, args, terminal);
    const signal = signals.received();
    return signal === null ? exitCodeOfError(problem.code) : exitCodeOfSignal(signal);
  } finally {
    signals.stop();
    await prepared?.close();
  }
}

function pathHere(given: string): string {
  return pathFromUser(given, { cwd: process.cwd(), env: process.env });
}

/** Loaded only by commands that want a pair. */
async function loadConfig(file: string | undefined): Promise<LoadedConfig> {
  const manager = await import("@sync/manager/config");
  return manager.loadConfig({ cwd: pathHere("."), ...(file === undefined ? {} : { file }) });
}

/** Help and the version were asked for, and are printed. */
function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

function toSyncError(error: unknown, args: readonly string[]): SyncError {
  if (isSyncError(error)) return error;
  if (error instanceof CommanderError) return usageError(error, args);
  const text = error instanceof Error ? error.message : String(error);
  return new SyncError("SYNC_INTERNAL", text, { cause: error });
}

function usageError(error: CommanderError, args: readonly string[]): SyncError {
  const command = commandIn(args);
  const help = `\`dbsync ${command === null ? "" : `${command} `}--help\``;
  // Without a command commander prints the help and throws "(outputHelp)".
  const message =
    error.code === "commander.help" ? "No command was given." : inOneSentence(error.message);
  return new SyncError("SYNC_USAGE", message, { next: `${help} shows what there is.` });
}

/** `error: unknown command 'dif'\n(Did you mean diff?)` as `Unknown command 'dif'. Did you mean diff?` */
function inOneSentence(message: string): string {
  const text = message
    .replace(/^error: /, "")
    .trim()
    .replace(/\n\((.*)\)$/, ". $1");
  return sentence(text);
}

async function printError(
  error: SyncError,
  args: readonly string[],
  terminal: Terminal,
): Promise<void> {
  terminal.tell(errorText(error, terminal));
  if (!wantsJson(args)) return;
  await terminal.print(jsonText(errorDocument(commandIn(args), error), 2));
}

/** Read from the raw arguments: a usage error is found before they are parsed. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes("--json");
}

const COMMANDS = [
  "diff",
  "sync",
  "validate",
  "schema",
  "doctor",
  "backup",
  "backups",
  "restore",
  "state",
  "conflicts",
  "ledger",
  "undo",
  "watch",
  "status",
  "stop",
  "resume",
  "log",
  "config",
  "init",
  "explain",
  "completion",
];

function commandIn(args: readonly string[]): string | null {
  const first = args.find((arg) => !arg.startsWith("-"));
  return COMMANDS.find((name) => name === first) ?? null;
}
