import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { SyncError } from "@sync/model";
import { likelyRenames } from "../sqlite/projection/drift.ts";
import type { SeenPair } from "../sqlite/projection/projection.ts";
import type { StateLocation } from "../state/location.ts";
import { knownColumns } from "../state/store.ts";

/**
 * A column that took another's place is not left out like one that was added: its values would go their
 * own ways without a word.
 *
 * @throws SyncError SYNC_SCHEMA_MISMATCH
 */
export function refuseRenames(
  db: Database.Database,
  { drift }: SeenPair,
  { stateFile }: StateLocation,
): void {
  if (drift === undefined || !existsSync(stateFile)) return;
  const [found] = likelyRenames(drift, (table) => knownColumns(db, table));
  if (found === undefined) return;
  const { table, side, from, to } = found;
  throw new SyncError(
    "SYNC_SCHEMA_MISMATCH",
    `Table \`${table}\`: in ${side} the column \`${from}\` is gone and \`${to}\` is new. If it was renamed, it is no column that can be left out.`,
    {
      next: `Rename it on the other side as well, or map one to the other in the config: \`map: {${table}: {columns: {${from}: {${side}: ${to}}}}}\`. If they are two different columns, \`ignore: [${from}]\`.`,
      details: { table, side, from, to },
    },
  );
}
