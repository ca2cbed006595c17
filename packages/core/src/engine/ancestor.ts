import type Database from "better-sqlite3";
import { columnList, keyHasNull } from "../sqlite/expressions.ts";
import { quoteName } from "../sqlite/identifier.ts";
import type { Table } from "../sqlite/schema/types.ts";
import { CONTROL as C, workTable } from "../sqlite/shape.ts";
import type { Shape } from "../sqlite/shape.ts";
import { markBase } from "../state/store.ts";
import { createBase } from "../state/tables.ts";

/** Reads an explicit ancestor, attached as `anc`, into base tables of this connection's own (`temp`). */
export function readAncestor(db: Database.Database, tables: readonly Table[]): void {
  for (const table of tables) {
    createBase(db, "temp", table);
    const source = `anc.${quoteName(table.name)}`;
    const columns = columnList(table);
    if (table.key.length > 0) {
      const keyed = table.nullableKey ? `WHERE NOT ${keyHasNull(table, "s")}` : "";
      db.exec(
        `INSERT INTO ${workTable("temp", "base", table.name)} (${columns}) SELECT ${columns} FROM ${source} AS s ${keyed}`,
      );
    }
    if (table.key.length > 0 && !table.nullableKey) continue;
    const exact = table.columns.map(
      ({ name }) => `${quoteName(name)} COLLATE BINARY, typeof(${quoteName(name)})`,
    );
    db.exec(`INSERT INTO ${workTable("temp", "bag", table.name)} (${columns}, ${C.count})
      SELECT ${columns}, count(*) FROM ${source} AS s WHERE ${table.key.length === 0 ? "TRUE" : keyHasNull(table, "s")}
      GROUP BY ${exact.join(", ")}`);
  }
}

/** Makes the ancestor the remembered base; part of the transaction that records the plan. */
export function adoptAncestor(db: Database.Database, shapes: readonly Shape[]): void {
  const tables = shapes
    .filter(({ work }) => work.base !== null || work.baseBag !== null)
    .map(({ table }) => table);
  for (const table of tables) {
    const kinds = [
      ...(table.key.length > 0 ? ["base"] : []),
      ...(table.key.length === 0 || table.nullableKey ? ["bag"] : []),
    ];
    for (const kind of kinds) {
      const columns = kind === "base" ? columnList(table) : `${columnList(table)}, ${C.count}`;
      const state = workTable("state", kind, table.name);
      db.exec(
        `DELETE FROM ${state}; INSERT INTO ${state} (${columns}) SELECT ${columns} FROM ${workTable("temp", kind, table.name)}`,
      );
    }
  }
  markBase(db, tables);
}
