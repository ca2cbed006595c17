import { SyncError, nearestNames } from "@sync/model";
import type { ConfigFile } from "./config-file.ts";
import type { Issue, KeyPath } from "./schema.ts";
import type { SyncConfig } from "./sync-config.ts";

/**
 * Takes a config for what it should be, after looking whether it is.
 *
 * @throws SyncError SYNC_USAGE, naming file, line and key, and the word that was probably meant; all
 *   that is wrong stands in its `details.problems`
 */
export async function checkConfig(file: ConfigFile): Promise<SyncConfig> {
  // zod takes longer to load than the command to start.
  const { issuesOf } = await import("./schema.ts");
  const issues = issuesOf(file.value);
  const [first] = issues;
  // The schema has looked at all of it.
  if (first === undefined) return file.value as SyncConfig;
  const problems = issues.map((issue) => `${whereIs(file, issue.path)}: ${problemText(issue)}`);
  const more = problems.length > 1 ? ` And ${problems.length - 1} more.` : "";
  throw new SyncError("SYNC_USAGE", `${problems[0]}.${more}`, {
    details: { problems },
    next: nextStep(first),
  });
}

/** `sync.config.json:4`. */
export function whereIs(file: ConfigFile, path: KeyPath): string {
  const line = lineOfNearest(file, path);
  return line === null ? file.path : `${file.path}:${line}`;
}

/** A missing key has no line: its object has. */
function lineOfNearest(file: ConfigFile, path: KeyPath): number | null {
  const line = file.lineOf(path);
  return line !== null || path.length === 0 ? line : lineOfNearest(file, path.slice(0, -1));
}

function problemText({ path, message }: Issue): string {
  return path.length === 0
    ? `the config ${message}`
    : `\`${path.map(String).join(".")}\` ${message}`;
}

function nextStep({ word, known = [] }: Issue): string {
  const [nearest] = word === undefined ? [] : nearestNames(word, known, 1);
  if (nearest !== undefined) return `Did you mean \`${nearest}\`?`;
  return known.length > 0
    ? `Known here: ${known.join(", ")}.`
    : "docs/configuration.md shows each key with an example.";
}
