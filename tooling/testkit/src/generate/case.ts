import { buildTables } from "./create-table.ts";
import type { BuiltTable } from "./create-table.ts";
import { editSql, insertSql } from "./edits.ts";
import type { Edit, EditedTable } from "./edits.ts";
import { featuresOf } from "./features.ts";
import type { CaseSpec, EditSpec, SidedEdit } from "./spec.ts";
import { AUDIT_TABLE, COUNTERS_TABLE, triggerSql } from "./triggers.ts";
import { buildVirtual } from "./virtual.ts";

/**
 * A whole test case as plain text: it survives JSON, and a person can paste it into a shell.
 * Every statement of `schema` and `setup…` must succeed; one of `rows` or an edit that the database
 * refuses is passed over, as an application would show an error and go on.
 */
export interface Case {
  readonly schema: readonly string[];
  readonly rows: readonly string[];
  /** Run once on each side before its edits, outside a transaction: journal mode, page size. */
  readonly setupA: readonly string[];
  readonly setupB: readonly string[];
  readonly editsA: readonly Edit[];
  readonly editsB: readonly Edit[];
  /** What the case is about, e.g. `key:composite`, `trigger:audit`, `edit:swap`; for counting. */
  readonly features: readonly string[];
}

/** Writes a specification out as SQL. The same specification always gives the same case. */
export function renderCase(spec: CaseSpec): Case {
  const tables = buildTables(spec.tables);
  const virtuals = spec.virtuals.map((virtual, at) => buildVirtual(virtual, tables.length + at));
  const edited: EditedTable[] = [
    ...tables,
    ...virtuals.map(({ table }) => ({ table, foreignKey: null })),
  ];
  const targetOf = (choice: number): EditedTable | undefined => edited[choice % edited.length];
  const edits = (side: "a" | "b"): Edit[] => sideEdits(spec.edits, side, targetOf);
  const [editsA, editsB] = [edits("a"), edits("b")];
  return {
    schema: [
      `PRAGMA page_size = ${spec.file.pageSize}`,
      ...tables.flatMap(({ sql }) => sql),
      ...virtuals.map(({ sql }) => sql),
      ...triggers(tables),
    ],
    rows: spec.inserts.flatMap(({ table, values }) => {
      const target = targetOf(table);
      return target === undefined ? [] : [insertSql(target, values)];
    }),
    setupA: [`PRAGMA journal_mode = ${spec.file.journalA}`],
    setupB: [...repack(spec), `PRAGMA journal_mode = ${spec.file.journalB}`],
    editsA,
    editsB,
    features: featuresOf(spec, tables, [...editsA, ...editsB]),
  };
}

function sideEdits(
  edits: readonly SidedEdit[],
  side: "a" | "b",
  targetOf: (choice: number) => EditedTable | undefined,
): Edit[] {
  return edits
    .map((sided) => editOn(sided, side))
    .filter((edit) => edit !== null)
    .flatMap((edit) => {
      const target = targetOf(edit.table);
      return target === undefined ? [] : [editSql(target, edit)];
    });
}

function editOn({ side, edit, reply }: SidedEdit, wanted: "a" | "b"): EditSpec | null {
  if (side === wanted || side === "both") return edit;
  return reply === null ? null : { ...reply, table: edit.table, row: edit.row };
}

function triggers(tables: readonly BuiltTable[]): string[] {
  const uses = (kind: string): boolean => tables.some(({ spec }) => spec.trigger === kind);
  return [
    ...(uses("audit") ? [AUDIT_TABLE] : []),
    ...(uses("counter") ? [COUNTERS_TABLE] : []),
    ...tables.flatMap((table) => triggerSql(table)),
  ];
}

function repack(spec: CaseSpec): string[] {
  const pageSize = spec.file.pageSize === 4096 ? 1024 : 4096;
  // VACUUM changes the page size only in rollback mode (manual of PRAGMA page_size).
  return spec.file.repackB
    ? ["PRAGMA journal_mode = delete", `PRAGMA page_size = ${pageSize}`, "VACUUM"]
    : [];
}
