import { buildTables } from "./create-table.ts";
import type { BuiltTable } from "./create-table.ts";
import { insertSql } from "./edit-sql.ts";
import type { EditedTable } from "./edit-sql.ts";
import { editSql } from "./edits.ts";
import type { Edit, EditSpec } from "./edits.ts";
import { featuresOf } from "./features.ts";
import type { CaseSpec, SidedEdit } from "./spec.ts";
import { AUDIT_TABLE, COUNTERS_TABLE, triggerSql } from "./triggers.ts";
import { buildVirtual } from "./virtual.ts";
import type { BuiltVirtual } from "./virtual.ts";

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
  const { tables, virtuals, edited } = buildAll(spec);
  const { editsA, editsB } = renderEdits(spec, spec.edits);
  return {
    schema: [
      `PRAGMA page_size = ${spec.file.pageSize}`,
      ...tables.flatMap(({ sql }) => sql),
      ...virtuals.map(({ sql }) => sql),
      ...triggers(tables),
    ],
    rows: spec.inserts.flatMap(({ table, values }) => {
      const target = edited[table % edited.length];
      return target === undefined ? [] : [insertSql(target, values)];
    }),
    setupA: [`PRAGMA journal_mode = ${spec.file.journalA}`],
    setupB: [...repack(spec), `PRAGMA journal_mode = ${spec.file.journalB}`],
    editsA,
    editsB,
    features: featuresOf(spec, tables, [...editsA, ...editsB]),
  };
}

/** Edits of both sides on a specification's tables, for cases of more than one round. */
export function renderEdits(
  spec: Pick<CaseSpec, "tables" | "virtuals">,
  edits: readonly SidedEdit[],
): Pick<Case, "editsA" | "editsB"> {
  const { edited } = buildAll(spec);
  const targetOf = (choice: number): EditedTable | undefined => edited[choice % edited.length];
  return { editsA: sideEdits(edits, "a", targetOf), editsB: sideEdits(edits, "b", targetOf) };
}

interface Built {
  readonly tables: readonly BuiltTable[];
  readonly virtuals: readonly BuiltVirtual[];
  /** What rows are written to. */
  readonly edited: readonly EditedTable[];
}

function buildAll(spec: Pick<CaseSpec, "tables" | "virtuals">): Built {
  const tables = buildTables(spec.tables);
  const virtuals = spec.virtuals.map((virtual, at) => buildVirtual(virtual, tables.length + at));
  const edited = [...tables, ...virtuals.map(({ table }) => ({ table, foreignKey: null }))];
  return { tables, virtuals, edited };
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
