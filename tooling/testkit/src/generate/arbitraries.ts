import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { renderCase } from "./case.ts";
import type { Case } from "./case.ts";
import { EDIT_KINDS } from "./edits.ts";
import type { EditSpec } from "./edits.ts";
import { CONFLICT_CLAUSES, INDEX_KINDS, KEY_KINDS, TRIGGER_KINDS } from "./spec.ts";
import type {
  CaseSpec,
  ColumnSpec,
  FileSpec,
  ForeignKeySpec,
  InsertSpec,
  SidedEdit,
  TableSpec,
  VirtualSpec,
} from "./spec.ts";

/** How large cases get, and what is left out. */
export interface CaseLimits {
  readonly maxTables?: number;
  readonly maxRows?: number;
  /** Edits of both sides together. */
  readonly maxEdits?: number;
  /** Default `true`. */
  readonly triggers?: boolean;
  /** UNIQUE beside the key, CHECK, foreign keys, ON CONFLICT clauses. Default `true`. */
  readonly constraints?: boolean;
  /** Self-contained FTS5 and R-tree tables. Default `true`. */
  readonly virtualTables?: boolean;
}

/**
 * Random databases with random edits on both sides, small ones first: 1 to 3 tables, up to 10 rows and
 * 12 edits. Shrinks to fewer tables, rows and edits with simpler values, each on its own.
 */
export function cases(limits: CaseLimits = {}): Arbitrary<Case> {
  return caseSpecs(limits).map(renderCase);
}

/** What {@link cases} are made from. */
export function caseSpecs(limits: CaseLimits = {}): Arbitrary<CaseSpec> {
  const { maxTables = 3, maxRows = 10, maxEdits = 12, virtualTables = true } = limits;
  return fc.record({
    tables: fc.array(tableSpecs(limits), { minLength: 1, maxLength: maxTables }),
    virtuals: fc.array(virtualSpecs, { maxLength: virtualTables ? 1 : 0 }),
    file: fileSpecs,
    inserts: fc.array(insertSpecs, { maxLength: maxRows, size: "max" }),
    edits: fc.array(sidedEdits, { maxLength: maxEdits, size: "max" }),
  });
}

/** Mostly small, so that values are simple and meet each other; sometimes reaching the hard ones. */
const choices: Arbitrary<number> = fc.oneof(
  { arbitrary: fc.nat(5), weight: 3 },
  { arbitrary: fc.nat(63), weight: 2 },
);

const rarely: Arbitrary<boolean> = mostly(false, true);

/** The first value at least three times of four; shrinks to it. */
function mostly<T>(usual: T, ...others: readonly T[]): Arbitrary<T> {
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 6 },
    { arbitrary: fc.constantFrom(...others), weight: others.length > 1 ? 2 : 1 },
  );
}

function optional<T>(wanted: boolean, arbitrary: Arbitrary<T>, without: T): Arbitrary<T> {
  return wanted ? arbitrary : fc.constant(without);
}

function tableSpecs({ triggers = true, constraints = true }: CaseLimits): Arbitrary<TableSpec> {
  return fc
    .record({
      name: fc.nat(11),
      key: fc.constantFrom(...KEY_KINDS),
      keyOnConflict: optional(constraints, mostly(...CONFLICT_CLAUSES), ""),
      columns: fc.array(columnSpecs(constraints), { maxLength: 4, size: "max" }),
      strict: rarely,
      generated: mostly<TableSpec["generated"]>("none", "stored", "virtual"),
      check: optional(constraints, mostly<TableSpec["check"]>("none", "value", "cross"), "none"),
      index: constraints ? mostly(...INDEX_KINDS) : fc.constantFrom("none", "plain"),
      foreignKey: optional(constraints, fc.option(foreignKeySpecs, { freq: 2 }), null),
      trigger: optional(triggers, mostly(...TRIGGER_KINDS), "none"),
      timestamp: fc.boolean(),
    })
    .map(readyForFts);
}

/** An FTS index hangs on an integer key: the few that are drawn shall not be in vain. */
function readyForFts(spec: TableSpec): TableSpec {
  if (spec.trigger !== "fts" || spec.key === "autoincrement") return spec;
  return { ...spec, key: "integer" };
}

function columnSpecs(constraints: boolean): Arbitrary<ColumnSpec> {
  return fc.record({
    name: fc.nat(15),
    type: fc.nat(8),
    collation: mostly<ColumnSpec["collation"]>("BINARY", "NOCASE", "RTRIM"),
    notNull: rarely,
    unique: optional(constraints, rarely, false),
    onConflict: optional(constraints, mostly(...CONFLICT_CLAUSES), ""),
  });
}

const foreignKeySpecs: Arbitrary<ForeignKeySpec> = fc.record({
  target: fc.nat(5),
  onDelete: fc.constantFrom("NO ACTION", "CASCADE", "SET NULL", "RESTRICT"),
  onUpdate: fc.constantFrom("NO ACTION", "CASCADE"),
  deferred: rarely,
});

const virtualSpecs: Arbitrary<VirtualSpec> = fc.record({
  kind: fc.constantFrom("fts5", "rtree"),
  name: fc.nat(11),
});

const fileSpecs: Arbitrary<FileSpec> = fc.record({
  pageSize: mostly(4096, 512, 1024, 65536),
  journalA: fc.constantFrom("delete", "wal"),
  journalB: fc.constantFrom("delete", "wal"),
  repackB: rarely,
});

const insertSpecs: Arbitrary<InsertSpec> = fc.record({
  table: fc.nat(5),
  values: fc.array(choices, { minLength: 1, maxLength: 8, size: "max" }),
});

const editSpecs: Arbitrary<EditSpec> = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constantFrom("update", "insert", "delete"), weight: 1 },
    { arbitrary: fc.constantFrom(...EDIT_KINDS), weight: 2 },
  ),
  table: fc.nat(5),
  row: fc.nat(7),
  otherRow: fc.nat(7),
  column: fc.nat(7),
  values: fc.array(choices, { minLength: 1, maxLength: 8, size: "max" }),
});

/** One edit of a user on a side, or of both. */
export const sidedEdits: Arbitrary<SidedEdit> = fc.record({
  side: fc.oneof(
    { arbitrary: fc.constantFrom("a", "b"), weight: 5 },
    { arbitrary: fc.constant("both"), weight: 1 },
  ),
  edit: editSpecs,
  reply: fc.option(editSpecs, { freq: 2 }),
});
