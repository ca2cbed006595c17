import { foldName, isSameName } from "../identifier.ts";
import { tableNamed } from "./compare-schemas.ts";
import { normalizedText } from "./normalize.ts";
import type { SchemaObject, WholeSchema } from "./read-whole-schema.ts";
import { isKeyword, isPunctuation } from "./tokens.ts";
import { tokenize } from "./tokenizer.ts";
import type { SchemaDifference } from "./types.ts";

/**
 * Compares what has no rows to sync: views, triggers, indexes that follow other tables, by name; plain
 * indexes by what they index, as another name changes nothing. What belongs to a table that a side lacks
 * is not told again.
 */
export function compareObjects(a: WholeSchema, b: WholeSchema): SchemaDifference[] {
  const names = knownNames(a, b);
  const inBoth = (whole: WholeSchema, other: WholeSchema): readonly SchemaObject[] =>
    whole.objects.filter(({ table }) => hasObject(other, table));
  const untold = ({ objects }: WholeSchema): readonly SchemaObject[] =>
    objects.filter(({ name }) => !isToldAsTable(a, b, name));
  return [
    ...compareByName({ names, type: "virtual-table" }, untold(a), untold(b)),
    ...compareByName({ names, type: "view" }, a.objects, b.objects),
    ...comparePlainIndexes(names, inBoth(a, b), inBoth(b, a)),
    ...compareByName({ names, type: "trigger" }, inBoth(a, b), inBoth(b, a)),
  ];
}

/** One side syncs it and the other one does not, or has an ordinary table of this name. */
function isToldAsTable(a: WholeSchema, b: WholeSchema, name: string): boolean {
  const isSynced = ({ schema }: WholeSchema): boolean => tableNamed(schema, name) !== null;
  const isOrdinary = ({ objects }: WholeSchema): boolean =>
    objects.some((one) => one.type === "table" && isSameName(one.name, name));
  return isSynced(a) !== isSynced(b) || isOrdinary(a) || isOrdinary(b);
}

/** What a definition says after its name: spelling, quotes and comments do not count. */
export function definitionText(object: SchemaObject, names: ReadonlySet<string>): string {
  const tokens = tokenize(object.sql).filter(
    (token, index, all) =>
      // `main.t` is `t`.
      !(isKeyword(token, "main") && isPunctuation(all[index + 1], ".")) &&
      !(isPunctuation(token, ".") && isKeyword(all[index - 1], "main")),
  );
  const word = object.type === "virtual-table" ? "table" : object.type;
  const name = tokens.findIndex((token) => isKeyword(token, word)) + 1;
  return normalizedText(tokens.slice(name + 1), names);
}

/** What a double-quoted text can name anywhere in either database. */
export function knownNames(a: WholeSchema, b: WholeSchema): ReadonlySet<string> {
  const objects = [a, b].flatMap((whole) => whole.objects);
  const tables = [a, b].flatMap(({ schema }) => schema.tables);
  const stored = tables.flatMap(({ columns }) => columns);
  const generated = tables.flatMap((table) => table.generated);
  const names = [objects, stored, generated].flatMap((all) => all.map(({ name }) => name));
  return new Set(["rowid", "oid", "_rowid_", "new", "old", ...names.map(foldName)]);
}

/** A created index that keeps nothing apart; UNIQUE ones are compared with the constraints. */
export function isPlainIndex({ type, sql }: SchemaObject): boolean {
  return type === "index" && !isKeyword(tokenize(sql)[1], "unique");
}

function hasObject(whole: WholeSchema, name: string): boolean {
  return whole.objects.some((one) => isSameName(one.name, name));
}

function compareByName(
  { names, type }: { readonly names: ReadonlySet<string>; readonly type: SchemaObject["type"] },
  a: readonly SchemaObject[],
  b: readonly SchemaObject[],
): SchemaDifference[] {
  const ofA = a.filter((one) => one.type === type);
  const ofB = b.filter((one) => one.type === type);
  const named = (all: readonly SchemaObject[], { name }: SchemaObject): SchemaObject | undefined =>
    all.find((one) => isSameName(one.name, name));
  return [
    ...ofA.flatMap((object) => {
      const other = named(ofB, object);
      if (other === undefined) return [difference(object, "a")];
      const isSame = definitionText(object, names) === definitionText(other, names);
      return isSame ? [] : [difference(object, null)];
    }),
    ...ofB.flatMap((object) => (named(ofA, object) === undefined ? [difference(object, "b")] : [])),
  ];
}

function comparePlainIndexes(
  names: ReadonlySet<string>,
  a: readonly SchemaObject[],
  b: readonly SchemaObject[],
): SchemaDifference[] {
  const byText = (all: readonly SchemaObject[]): Map<string, SchemaObject> =>
    new Map(all.filter(isPlainIndex).map((one) => [definitionText(one, names), one]));
  const [ofA, ofB] = [byText(a), byText(b)];
  const onlyIn = (
    side: "a" | "b",
    mine: Map<string, SchemaObject>,
    others: Map<string, SchemaObject>,
  ): SchemaDifference[] =>
    [...mine].flatMap(([text, index]) => (others.has(text) ? [] : [difference(index, side)]));
  return [...onlyIn("a", ofA, ofB), ...onlyIn("b", ofB, ofA)];
}

function difference(object: SchemaObject, onlyIn: "a" | "b" | null): SchemaDifference {
  const { type, name, table } = object;
  const isOfTable = type === "index" || type === "trigger";
  const own = `${type.replace("-", " ")} \`${name}\``;
  const what =
    onlyIn === null ? `${own} is not the same in a and b` : `${own} is only in ${onlyIn}`;
  return {
    kind: type,
    table: type === "view" ? null : table,
    subject: name,
    onlyIn,
    stopsSync: false,
    message: isOfTable ? `table \`${table}\`: ${what}` : what,
    next:
      onlyIn === null
        ? "Drop it on one side and create it as on the other; a sync does without."
        : `Create it in ${onlyIn === "a" ? "b" : "a"}; a sync does without.`,
  };
}
