import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseRow } from "@sync/model";
import { findDatabase } from "../sqlite/files.ts";
import { createSide } from "./create-side.ts";
import type { DiffOptions } from "./compare.ts";
import { diffRows } from "./diff.ts";

/**
 * Every row of one database, table by table, each in the order of its key; of a keyless table each row as
 * often as it is there. It is the comparison with a database of the same tables that holds no rows: one
 * reader of rows, for one and for two. Only reads.
 *
 * @throws SyncError as `diffRows`, at the first row asked for
 */
export async function* readRows(
  database: string,
  options: DiffOptions = {},
): AsyncGenerator<DatabaseRow> {
  const scratch = mkdtempSync(join(tmpdir(), "dbsync-rows-"));
  try {
    const empty = join(scratch, "empty.sqlite");
    createSide(empty, findDatabase(database, { write: false }));
    for await (const { table, key, b } of diffRows({ a: empty, b: database }, options)) {
      if (b !== null) yield { table, key, row: b };
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
