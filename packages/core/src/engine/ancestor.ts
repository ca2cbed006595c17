import type Database from "better-sqlite3";
import { exactGroups } from "../sqlite/bag.ts";
import { columnList, keyHasNull } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { forgetPages } from "../state/signatures.ts";
import { markBase } from "../state/store.ts";
import { baseKinds, createBase } from "../state/tables.ts";

/**
 * Reads an explicit ancestor, attached as `anc`, into base tables of this connection's own (`temp`).
 * Tables that it has not get an empty one, to be filled with what both sides agree on.
 */
export function readAncestor(
  db: Database.Database,
  tables: readonly Table[],
  shared: readonly Table[],
): void {
  for (const table of tables) createBase(db, "temp", table);
  for (const table of shared) {
    const source = `anc.${quoteName(table.name)}`;
    const columns = columnList(table);
    const hasNull = keyHasNull(table, "s");
    for (const kind of baseKinds(table)) {
      const target = workTable("temp", kind, table.name);
      if (kind === "base") {
        const where = table.nullableKey ? `NOT ${hasNull}` : "TRUE";
        db.exec(
          `INSERT INTO ${target} (${columns}) SELECT ${columns} FROM ${source} AS s WHERE ${where}`,
        );
      } else {
        db.exec(`INSERT INTO ${target} (${columns}, ${C.count})
          SELECT ${columns}, count(*) FROM ${source} AS s WHERE ${hasNull} GROUP BY ${exactGroups(table)}`);
      }
    }
  }
}

/** Makes what was read and agreed on the remembered base; part of the transaction that records the plan. */
export function adoptAncestor(db: Database.Database, shapes: readonly Shape[]): void {
  const tables = shapes.map(({ table }) => table);
  for (const table of tables) {
    forgetPages(db, table.name);
    for (const kind of baseKinds(table)) {
      const columns = kind === "base" ? columnList(table) : `${columnList(table)}, ${C.count}`;
      const state = workTable("state", kind, table.name);
      db.exec(
        `DELETE FROM ${state}; INSERT INTO ${state} (${columns}) SELECT ${columns} FROM ${workTable("temp", kind, table.name)}`,
      );
    }
  }
  markBase(db, tables);
}
