import type { ConfigValue } from "@sync/manager/config";
import type { Outcome } from "../exit-codes.ts";
import { jsonText } from "../output/json.ts";
import type { Terminal } from "../output/terminal.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";

/**
 * `dbsync config print`: every value that holds, and where it was said.
 *
 * @throws SyncError SYNC_USAGE for a config that is wrong, also one whose pairs form a forbidden ring
 */
export async function printConfig(
  session: Session,
  { json }: { readonly json?: true },
): Promise<Outcome> {
  const { configValues } = await import("@sync/manager/config");
  const loaded = await session.config();
  await withManager(session, async (manager) => manager.check());
  const values = configValues(loaded);
  const files = loaded.layers
    .filter(({ source }) => source !== "environment")
    .map(({ source, from }) => ({ source, path: from }));
  const text =
    json === true
      ? jsonText({ schemaVersion: 1, command: "config", files, values }, 2)
      : valuesText(values, session.terminal);
  await session.terminal.print(text);
  return "clean";
}

function valuesText(values: readonly ConfigValue[], { colors }: Terminal): string {
  const width = Math.max(...values.map(({ key }) => key.length));
  return values
    .map((value) => {
      const text = typeof value.value === "string" ? value.value : jsonText(value.value);
      return `${colors.bold(value.key.padEnd(width))}  ${text}  ${colors.dim(originText(value))}`;
    })
    .join("\n");
}

/** `(default)`, `(project: …/sync.config.yaml:3)`. */
function originText({ source, where }: ConfigValue): string {
  return where === null ? `(${source})` : `(${source}: ${where})`;
}
