import { foldName, isSameName, quoteName } from "../../identifier.ts";
import { addColumn } from "../add-column.ts";
import { isPlainIndex } from "../compare-objects.ts";
import { tableNamed } from "../compare-schemas.ts";
import { foreignKeyText, uniqueText } from "../compare-tables.ts";
import { normalizedSql } from "../normalize.ts";
import { parseTable } from "../parse-table.ts";
import type { SchemaObject, WholeSchema } from "../read-whole-schema.ts";
import { isKeyword, nameOf } from "../tokens.ts";
import { tokenize } from "../tokenizer.ts";
import type { SchemaDifference, Table } from "../types.ts";
import type { AddingStep, Levelling } from "./steps.ts";

type Work = Levelling<WholeSchema>;

/** Everything that can be put into a side without touching what is there, by the other side's own SQL. */
export function addingSteps(work: Work): readonly AddingStep[] {
  const tables = missingTables(work);
  const missing = work.differences.filter(({ onlyIn }) => onlyIn === work.fromSide);
  const views = missing
    .filter(({ kind }) => kind === "view")
    .flatMap((one) => creation(work, one, "create-view"));
  const created = new Set([...tables, ...views].map(({ table }) => foldName(table)));
  return withoutLoose(work, [
    ...tables,
    ...missingColumns(work),
    ...ownedBy(work, created, "index"),
    ...missingIndexes(work),
    ...views,
    ...ownedBy(work, created, "trigger"),
    ...missing
      .filter(({ kind }) => kind === "trigger")
      .flatMap((one) => creation(work, one, "create-trigger")),
  ]);
}

/** The column of a table that `to` lacks, and what SQLite makes of adding it. */
export function columnAddition(
  { to }: Work,
  { table, subject }: SchemaDifference,
  source: Table,
): ReturnType<typeof addColumn> {
  const column = [...source.columns, ...source.generated].find(({ name }) => name === subject);
  const target = tableNamed(to.schema, table ?? "");
  const hasRows = to.filled.has(foldName(table ?? ""));
  return addColumn(target?.name ?? table ?? "", column ?? { definition: "" }, {
    hasRows,
    strictDiffers: target?.strict !== source.strict,
  });
}

function missingTables(work: Work): AddingStep[] {
  return work.differences
    .filter(({ kind, onlyIn }) =>
      kind === "table" || kind === "virtual-table" ? onlyIn === work.fromSide : false,
    )
    .flatMap((difference) => creation(work, difference, "create-table"));
}

/** Runs the statement that made it on the other side; not where the name is taken, or its module is missing. */
function creation(
  work: Work,
  difference: SchemaDifference,
  type: Exclude<AddingStep["type"], "add-column">,
): AddingStep[] {
  const name = difference.subject ?? difference.table ?? "";
  const object = work.from.objects.find(
    (one) => isSameName(one.name, name) && (type === "create-trigger") === (one.type === "trigger"),
  );
  if (object === undefined || isNameTaken(work.to, object) || needsMissingModule(work.from, object))
    return [];
  const step = creationOf(object, type, [difference]);
  if (object.type !== "virtual-table") return [step];
  return [{ ...step, ...filling(work.from, object) }];
}

/** An index over rows that are there already is empty at first. */
function filling(
  { schema }: WholeSchema,
  { name, sql }: SchemaObject,
): Pick<AddingStep, "sql" | "note"> {
  const derived = schema.derived.find((one) => isSameName(one.name, name));
  if (derived === undefined) return { sql: [sql], note: "" };
  const index = quoteName(name);
  if (derived.canRebuild) {
    return { sql: [sql, `INSERT INTO ${index} (${index}) VALUES ('rebuild')`], note: "" };
  }
  return {
    sql: [sql],
    note: `It follows \`${derived.content ?? ""}\` and is empty at first: fill it.`,
  };
}

/** Whether a step makes a virtual table, which may follow others and their columns. */
export function isVirtual({ type, sql }: Pick<AddingStep, "type" | "sql">): boolean {
  return type === "create-table" && isKeyword(tokenize(sql[0] ?? "")[1], "virtual");
}

function creationOf(
  object: SchemaObject,
  type: AddingStep["type"],
  mends: readonly SchemaDifference[],
): AddingStep {
  const subject = type === "create-table" ? null : object.name;
  return { type, table: object.table, subject, sql: [object.sql], note: "", mends };
}

/** Tables, views and indexes share their names; triggers have their own. */
function isNameTaken({ objects }: WholeSchema, { name, type }: SchemaObject): boolean {
  return objects.some(
    (one) => isSameName(one.name, name) && (one.type === "trigger") === (type === "trigger"),
  );
}

function needsMissingModule({ schema }: WholeSchema, { name }: SchemaObject): boolean {
  return schema.leftOut.some(
    ({ table, severity }) => severity === "unsupported" && isSameName(table, name),
  );
}

/** Indexes and triggers of tables and views that are created: nothing told them apart from those. */
function ownedBy(
  { from, to }: Work,
  created: ReadonlySet<string>,
  type: "index" | "trigger",
): AddingStep[] {
  return from.objects
    .filter((one) => one.type === type && created.has(foldName(one.table)) && !isNameTaken(to, one))
    .map((one) => creationOf(one, `create-${type}`, []));
}

function missingColumns(work: Work): AddingStep[] {
  const steps = work.differences
    .filter(({ kind, onlyIn }) => kind === "column" && onlyIn === work.fromSide)
    .flatMap((difference): AddingStep[] => {
      const source = tableNamed(work.from.schema, difference.table ?? "");
      if (source === null) return [];
      const added = columnAddition(work, difference, source);
      if (added.type === "refused") return [];
      const mends = [difference, ...broughtAlong(work, difference, source)];
      const table = difference.table ?? "";
      return [
        {
          type: "add-column",
          table,
          subject: difference.subject,
          sql: [added.sql],
          note: "",
          mends,
        },
      ];
    });
  return inOrderOfUse(steps);
}

/**
 * Without what names a table or column that would still be missing, and so without what names that in turn. A
 * view or trigger that does would be created, and break later. Those may name any table's columns; going by
 * the word, we rather offer too little.
 */
function withoutLoose(work: Work, steps: readonly AddingStep[]): readonly AddingStep[] {
  const lacking = work.differences.filter(
    ({ kind, onlyIn, table, subject }) =>
      // Of a table of another kind nobody compared the columns.
      (kind === "table-kind" ||
        ((kind === "column" || kind === "table") && onlyIn === work.fromSide)) &&
      !steps.some((step) => step.subject === subject && isSameName(step.table, table ?? "")),
  );
  const firm = steps.filter((step) => !lacking.some((one) => leansOn(step, one)));
  return firm.length === steps.length ? steps : withoutLoose(work, firm);
}

function leansOn(step: AddingStep, { table, subject }: SchemaDifference): boolean {
  // The parent of a foreign key may come later; what an index follows may not.
  if (step.type === "create-table" && !isVirtual(step)) return false;
  const isAnywhere =
    step.type === "create-view" ||
    step.type === "create-trigger" ||
    (isVirtual(step) && names(step, table ?? ""));
  return (isAnywhere || isSameName(step.table, table ?? "")) && names(step, subject ?? table ?? "");
}

function names({ sql }: AddingStep, word: string): boolean {
  return tokenize(sql[0] ?? "").some((token) => isSameName(nameOf(token) ?? "", word));
}

/** The CHECKs, foreign key and ON CONFLICT clauses that stand in the column's own definition. */
function broughtAlong(
  work: Work,
  { subject }: SchemaDifference,
  source: Table,
): SchemaDifference[] {
  const column = [...source.columns, ...source.generated].find(({ name }) => name === subject);
  const definition = column?.definition ?? "";
  const text = parseTable(`CREATE TABLE t (${definition})`);
  const checks = text.checks.map((check) => normalizedSql(check, source));
  const hasReferences = tokenize(definition).some((token) => isKeyword(token, "references"));
  const keys = source.foreignKeys
    .filter(({ columns }) => hasReferences && columns.length === 1 && columns[0] === subject)
    .map(foreignKeyText);
  return work.differences.filter(
    ({ kind, table, subject: text_, onlyIn }) =>
      onlyIn === work.fromSide &&
      isSameName(table ?? "", source.name) &&
      ((kind === "check" && checks.includes(text_ ?? "")) ||
        (kind === "foreign-key" && keys.includes(text_ ?? "")) ||
        (kind === "conflict-clause" && text.conflictClauses.includes(text_ ?? ""))),
  );
}

/** A column whose definition names another missing one comes after it. */
function inOrderOfUse(steps: readonly AddingStep[]): AddingStep[] {
  const left = [...steps];
  const ordered: AddingStep[] = [];
  const uses = (step: AddingStep, other: AddingStep): boolean =>
    step !== other && isSameName(step.table, other.table) && names(step, other.subject ?? "");
  while (left.length > 0) {
    const at = left.findIndex((step) => !left.some((other) => uses(step, other)));
    // Of columns that name each other, the first one.
    ordered.push(...left.splice(Math.max(at, 0), 1));
  }
  return ordered;
}

/** Plain ones, and UNIQUE ones that a CREATE UNIQUE INDEX made; a constraint's only a rebuild brings. */
function missingIndexes(work: Work): AddingStep[] {
  return work.from.objects.flatMap((object) => {
    const table = tableNamed(work.from.schema, object.table);
    if (object.type !== "index" || table === null || isNameTaken(work.to, object)) return [];
    const mends = isPlainIndex(object)
      ? work.differences.filter(({ kind, subject }) => kind === "index" && subject === object.name)
      : work.differences.filter((one) => isMadeBy(one, object, { table, fromSide: work.fromSide }));
    return mends.some(({ onlyIn }) => onlyIn === work.fromSide || onlyIn === null)
      ? [creationOf(object, "create-index", mends)]
      : [];
  });
}

/** Whether this index keeps apart what the other side does not, or is the key that the other side lacks. */
function isMadeBy(
  { kind, subject, table: name, onlyIn }: SchemaDifference,
  object: SchemaObject,
  { table, fromSide }: { readonly table: Table; readonly fromSide: "a" | "b" },
): boolean {
  if (!isSameName(name ?? "", table.name)) return false;
  const index = table.uniqueIndexes.find((one) => isSameName(one.name, object.name));
  if (kind === "key") return index === undefined;
  if (kind !== "unique" || onlyIn !== fromSide || index === undefined) return false;
  return subject === uniqueText(table, index);
}
