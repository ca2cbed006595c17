import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import type { Side } from "@sync/model";
import { readSchema } from "../sqlite/schema/read-schema.ts";
import type { Schema } from "../sqlite/schema/types.ts";
import { rebaseOn } from "./rebase.ts";
import type { RebasedTable } from "./rebase.ts";
import { clearRestoreNote } from "./restored.ts";
import type { RestoreNote } from "./restored.ts";

/** What is known of a backup that is not there any more: then every table starts anew. */
const NOTHING: Schema = { encoding: "", tables: [], derived: [], leftOut: [] };

/**
 * Carries a restore that took effect into the base, and takes its note away, in one transaction of the
 * attached `state`. The backup itself says what the side held then: by now somebody may have edited it.
 */
export function carryRestore(
  db: Database.Database,
  side: Side,
  note: RestoreNote,
): readonly RebasedTable[] {
  const schema = attachBackup(db, note.backup);
  try {
    // Not IMMEDIATE: that would take the write locks of whatever else is attached (SQLITE_NOTES 4).
    return db.transaction(() => {
      const tables = rebaseOn(db, { side, schema: schema ?? NOTHING, mark: note.mark });
      clearRestoreNote(db, side);
      return tables;
    })();
  } finally {
    if (schema !== null) db.exec("DETACH restored");
  }
}

/** @returns `null` where the backup is gone or cannot be read beside the state */
function attachBackup(db: Database.Database, path: string): Schema | null {
  if (!existsSync(path)) return null;
  let isAttached = false;
  try {
    db.prepare("ATTACH ? AS restored").run(path);
    isAttached = true;
    return readSchema(db, "restored");
  } catch {
    // Another text encoding, or damage since: what it held is not known, which is an answer.
    if (isAttached) db.exec("DETACH restored");
    return null;
  }
}
