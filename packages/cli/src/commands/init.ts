import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SyncError, pathForShell } from "@sync/model";
import type { Outcome } from "../exit-codes.ts";
import { configText, pairNameFor } from "../output/config-template.ts";
import type { ConfigAnswers } from "../output/config-template.ts";
import { jsonText } from "../output/json.ts";
import type { Session } from "../session.ts";

/** As the command line names them. */
export interface InitCommandOptions {
  readonly name?: string;
  readonly policy?: string;
  readonly yes?: true;
  readonly json?: true;
}

const FILE = "sync.config.yaml";
const DEFAULT_POLICY = "last-write-wins";

/**
 * `dbsync init [A B]`: asks what is not said, and writes a config with comments.
 *
 * @throws SyncError SYNC_USAGE where a config is there already, or nobody is there to be asked
 */
export async function init(
  session: Session,
  databases: readonly string[],
  options: InitCommandOptions,
): Promise<Outcome> {
  const folder = session.path(".");
  await refuseExisting(folder);
  const answers = await answersOf(session, databases, options);
  if (answers === null) return "clean";
  const { loadPolicy } = await import("@sync/resolvers/load");
  // Now, rather than at the first run.
  await loadPolicy(answers.policy, { from: folder });
  const file = join(folder, FILE);
  // Never over one that somebody made meanwhile.
  writeFileSync(file, configText(answers), { flag: "wx" });
  const { a, b, name, policy } = answers;
  const document = { schemaVersion: 1, command: "init", file: FILE, name, a, b, policy };
  await session.terminal.print(
    options.json === true ? jsonText(document, 2) : explanation(answers),
  );
  return "clean";
}

async function refuseExisting(folder: string): Promise<void> {
  const { CONFIG_NAMES } = await import("@sync/manager/config");
  const existing = CONFIG_NAMES.find((name) => existsSync(join(folder, name)));
  if (existing === undefined) return;
  throw new SyncError("SYNC_USAGE", `There is a config here already: ${existing}.`, {
    next: "Edit it; `dbsync config print` shows what holds.",
  });
}

/** `null` where the person thought better of it. */
async function answersOf(
  { terminal }: Session,
  [a, b, more]: readonly string[],
  { name, policy, yes, json }: InitCommandOptions,
): Promise<ConfigAnswers | null> {
  if (more !== undefined || (a !== undefined && b === undefined)) throw notTwo();
  const given = { a, b, name, policy };
  if (yes !== true && json !== true && terminal.isInteractive) {
    const { askConfig } = await import("../walk/ask-config.ts");
    return askConfig(given);
  }
  if (a === undefined || b === undefined) throw notTwo();
  return { a, b, name: name ?? pairNameFor(a), policy: policy ?? DEFAULT_POLICY };
}

function explanation({ a, b, name }: ConfigAnswers): string {
  const word = pathForShell(name);
  const offers = [
    [`dbsync sync ${word} --dry-run`, "what would happen?"],
    [`dbsync sync ${word}`, "bring both to the same state"],
    ["dbsync sync", "every pair of the config"],
    ["dbsync config print", "what holds, and where it was said"],
  ] as const;
  const width = Math.max(...offers.map(([command]) => command.length));
  return [
    `Wrote ${FILE}: the pair ${name} is ${a} and ${b}.`,
    "",
    ...offers.map(([command, does]) => `  ${command.padEnd(width)}   ${does}`),
    "",
    "The log is logs/synchronization.log; `dbsync log` reads it.",
  ].join("\n");
}

function notTwo(): SyncError {
  return new SyncError("SYNC_USAGE", "A pair is two databases.", {
    next: "Such as: dbsync init a.db b.db --yes",
  });
}
