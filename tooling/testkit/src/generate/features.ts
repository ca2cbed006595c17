import type { BuiltTable } from "./create-table.ts";
import type { Edit } from "./edits.ts";
import type { CaseSpec, TableSpec } from "./spec.ts";
import { triggerSql } from "./triggers.ts";

/** What a case exercises, each named once, e.g. `key:text`, `strict`, `fk:self`, `edit:swap`. */
export function featuresOf(
  spec: CaseSpec,
  tables: readonly BuiltTable[],
  edits: readonly Edit[],
): string[] {
  const found = new Set<string>([
    ...tables.flatMap((table) => [
      ...tableFeatures(table.spec),
      ...triggerFeatures(table),
      ...referenceFeatures(table, tables),
    ]),
    ...tables.flatMap((table) => table.spec.columns.flatMap((column) => columnFeatures(column))),
    ...spec.virtuals.map(({ kind }) => `virtual:${kind}`),
    ...edits.map(({ kind }) => `edit:${kind}`),
    ...(spec.edits.some(({ side }) => side === "both") ? ["edit:same-on-both"] : []),
    ...(spec.edits.some(({ side, reply }) => side !== "both" && reply !== null)
      ? ["edit:clash"]
      : []),
    `page-size:${spec.file.pageSize}`,
    `journal:${spec.file.journalA}/${spec.file.journalB}`,
    ...(spec.file.repackB ? ["repacked"] : []),
  ]);
  if (tables.some(({ table }) => /[^a-z]/.test(table.name.replace(/\d+$/, ""))))
    found.add("odd-name");
  return [...found].toSorted();
}

function tableFeatures(spec: TableSpec): string[] {
  const hasValues = spec.columns.length > 0;
  return [
    `key:${spec.key}`,
    ...(spec.strict ? ["strict"] : []),
    ...(spec.timestamp ? ["timestamp"] : []),
    ...(spec.keyOnConflict === "" || spec.key === "keyless" ? [] : ["key-on-conflict"]),
    ...(hasValues && spec.generated !== "none" ? [`generated:${spec.generated}`] : []),
    ...(hasValues && spec.check !== "none" ? [`check:${spec.check}`] : []),
    ...(hasValues && spec.index !== "none" ? [`index:${spec.index}`] : []),
  ];
}

function triggerFeatures(table: BuiltTable): string[] {
  return triggerSql(table).length === 0 ? [] : [`trigger:${table.spec.trigger}`];
}

function columnFeatures(column: TableSpec["columns"][number]): string[] {
  return [
    `collation:${column.collation}`,
    ...(column.unique ? ["unique"] : []),
    ...(column.notNull ? ["not-null"] : []),
    ...(column.onConflict !== "" && (column.unique || column.notNull)
      ? [`on-conflict:${column.onConflict}`]
      : []),
  ];
}

function referenceFeatures(table: BuiltTable, tables: readonly BuiltTable[]): string[] {
  const { foreignKey, spec } = table;
  if (foreignKey === null) return [];
  const parent = tables.find((other) => other.table.name === foreignKey.parent.name);
  const back = parent?.foreignKey?.parent.name === table.table.name;
  return [
    `fk:${spec.foreignKey?.onDelete ?? "NO ACTION"}`,
    ...(parent === table ? ["fk:self"] : back ? ["fk:cycle"] : ["fk:other"]),
    ...(foreignKey.columns.length > 1 ? ["fk:composite"] : []),
    ...(spec.foreignKey?.deferred === true ? ["fk:deferred"] : []),
    ...(spec.foreignKey?.onUpdate === "CASCADE" ? ["fk:on-update-cascade"] : []),
  ];
}
