import { quoteName } from "../quote.ts";
import { tableName } from "./names.ts";
import type { VirtualSpec } from "./spec.ts";
import type { Column, Table } from "./table.ts";
import type { Pool } from "./values.ts";

/** A virtual table and the statement that makes it. */
export interface BuiltVirtual {
  readonly table: Table;
  readonly sql: string;
}

/** A self-contained FTS5 table or an R-tree. `index` counts on after the ordinary tables. */
export function buildVirtual(spec: VirtualSpec, index: number): BuiltVirtual {
  const name = `${tableName(spec.name, index)} ${spec.kind}`;
  const create = `CREATE VIRTUAL TABLE ${quoteName(name)} USING`;
  if (spec.kind === "fts5") {
    const columns = [
      column("rowid", "integer-key"),
      column("title", "text"),
      column("body", "text"),
    ];
    return { table: virtualTable(name, "fts5", columns), sql: `${create} fts5(title, body)` };
  }
  const columns = ["minX", "maxX", "minY", "maxY"].map((axis) => column(axis, "coordinate"));
  return {
    table: virtualTable(name, "rtree", [
      column("id", "integer-key"),
      ...columns,
      column("label", "text"),
    ]),
    sql: `${create} rtree(id, minX, maxX, minY, maxY, +label)`,
  };
}

function virtualTable(name: string, kind: "fts5" | "rtree", columns: readonly Column[]): Table {
  return { name, kind, columns, keyColumns: [columns[0]?.name ?? "rowid"], withoutRowid: false };
}

function column(name: string, pool: Pool): Column {
  const role = pool === "integer-key" ? "key" : "value";
  return { name, definition: "", pool, role, type: "", nullable: false, unique: false };
}
