import { quoteName } from "../quote.ts";
import {
  assignment,
  handOver,
  insertSql,
  keyColumn,
  nthRow,
  pickColumn,
  purge,
  recase,
  reinsert,
  rekey,
  reparent,
  rotate,
  secondUpdate,
  swap,
  swapColumn,
} from "./edit-sql.ts";
import type { EditChoices, EditedTable, Work } from "./edit-sql.ts";
import { valueColumns } from "./table.ts";

/** What a user does in one transaction. */
interface Kind {
  /** Which tables take it; on another one it becomes an update, or an insert. */
  readonly fits: (target: EditedTable) => boolean;
  readonly sql: (work: Work) => readonly string[];
}

const always = (): boolean => true;
const hasValues = ({ table }: EditedTable): boolean => valueColumns(table).length > 0;
const hasKey = ({ table }: EditedTable): boolean => table.keyColumns.length > 0;
/** A column whose values can move between rows. */
const hasMovable = (target: EditedTable): boolean =>
  hasValues(target) && swapColumn(target.table) !== undefined;

const nameOf = ({ table }: Work): string => quoteName(table.name);
const whereOf = ({ table, spec }: Work): string => `WHERE ${nthRow(table, spec.row)}`;
const update = (work: Work, changes: string): string =>
  `UPDATE ${nameOf(work)} SET ${changes} ${whereOf(work)}`;

/** Every kind of edit. A new one is an entry here, at the end: seeds choose by the order. */
const KINDS: Readonly<Record<string, Kind>> = {
  update: { fits: hasValues, sql: (work) => [update(work, assignment(work, 0))] },
  insert: { fits: always, sql: (work) => [insertSql(work, work.spec.values)] },
  delete: { fits: always, sql: (work) => [`DELETE FROM ${nameOf(work)} ${whereOf(work)}`] },
  "update-two": {
    fits: hasValues,
    sql: (work) => [update(work, assignment(work, 0)), secondUpdate(work)],
  },
  rekey: { fits: hasKey, sql: (work) => [update(work, rekey(work))] },
  recase: { fits: hasValues, sql: (work) => [recase(work)] },
  swap: { fits: hasMovable, sql: (work) => swap(work, swapColumn(work.table)) },
  reinsert: { fits: always, sql: (work) => reinsert(work.table, whereOf(work)) },
  replace: {
    fits: always,
    sql: (work) => [insertSql(work, work.spec.values, "INSERT OR REPLACE")],
  },
  reparent: {
    fits: ({ foreignKey }) => foreignKey !== null,
    sql: (work) => [update(work, reparent(work))],
  },
  "null-out": {
    fits: hasValues,
    sql: (work) => [update(work, `${quoteName(pickColumn(work, 0).name)} = NULL`)],
  },
  "update-all": {
    fits: hasValues,
    sql: (work) => [`UPDATE ${nameOf(work)} SET ${assignment(work, 0)}`],
  },
  rotate: { fits: hasMovable, sql: (work) => rotate(work) },
  "hand-over": { fits: hasMovable, sql: (work) => handOver(work) },
  "swap-keys": { fits: hasKey, sql: (work) => swap(work, keyColumn(work)) },
  purge: { fits: always, sql: (work) => [purge(work.table)] },
};

export const EDIT_KINDS: readonly string[] = Object.keys(KINDS);

export interface EditSpec extends EditChoices {
  /** One of {@link EDIT_KINDS}. */
  readonly kind: string;
}

/** One transaction of a user: rolled back as a whole where the database refuses a part of it. */
export interface Edit {
  readonly kind: string;
  readonly table: string;
  readonly sql: readonly string[];
}

/** Turns an edit's choices into SQL on this table. */
export function editSql({ table, foreignKey }: EditedTable, spec: EditSpec): Edit {
  const target = { table, foreignKey };
  const other = hasValues(target) ? "update" : "insert";
  const name = KINDS[spec.kind]?.fits(target) === true ? spec.kind : other;
  const sql = KINDS[name]?.sql({ ...target, spec }) ?? [];
  return { kind: name, table: table.name, sql };
}
