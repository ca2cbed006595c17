import type { SyncError } from "@sync/model";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./text.ts";

/**
 * What went wrong and what to try:
 *
 *     dbsync: SYNC_DB_MISSING: There is no database at shop.sqlite.
 *       Check the path, or let `--create` make it.
 */
export function errorText(error: SyncError, terminal: Terminal): string {
  const { errorColors, errorWidth } = terminal;
  const message = wrap(`dbsync: ${error.code}: ${error.message}`, errorWidth);
  const lines = [
    message.replace(error.code, errorColors.red(errorColors.bold(error.code))),
    wrap(error.next, errorWidth, "  "),
  ];
  // Whoever reports a defect of ours needs to say where it happened.
  if (error.code === "SYNC_INTERNAL") lines.push(errorColors.dim(stackOf(error)));
  return lines.join("\n");
}

function stackOf(error: SyncError): string {
  const source = error.cause instanceof Error ? error.cause : error;
  return (source.stack ?? "").split("\n").slice(1).join("\n");
}
