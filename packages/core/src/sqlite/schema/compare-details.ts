import { isSameName } from "../identifier.ts";
import { columnTexts } from "./column-text.ts";
import { foreignKeyText } from "./compare-tables.ts";
import { foreignKeyRules } from "./foreign-key-rules.ts";
import type { Column, DifferenceKind, GeneratedColumn, SchemaDifference, Table } from "./types.ts";

/**
 * What two tables of one name do not have in common though they can be synced: names of types, defaults,
 * how generated columns are kept, AUTOINCREMENT, what foreign keys do. The order of columns is none.
 */
export function compareDetails(a: Table, b: Table): SchemaDifference[] {
  if (a.kind !== b.kind || a.kind === "virtual") return [];
  return [
    ...paired(a.columns, b.columns).flatMap(([one, other]) => compareTexts(a, one, other)),
    ...paired(a.generated, b.generated).flatMap(([one, other]) => compareStorage(a, one, other)),
    ...(a.autoincrement === b.autoincrement
      ? []
      : [
          detail(
            a,
            { kind: "autoincrement", subject: null },
            `it is AUTOINCREMENT in ${a.autoincrement ? "a" : "b"}, but not in ${a.autoincrement ? "b" : "a"}`,
          ),
        ]),
    ...compareRules(a, b),
  ];
}

function paired<Named extends { readonly name: string }>(
  a: readonly Named[],
  b: readonly Named[],
): [Named, Named][] {
  return a.flatMap((one) => {
    const other = b.find(({ name }) => isSameName(one.name, name));
    return other === undefined ? [] : [[one, other] as [Named, Named]];
  });
}

function compareTexts(table: Table, a: Column, b: Column): SchemaDifference[] {
  const [ofA, ofB] = [columnTexts(a.definition), columnTexts(b.definition)];
  const differences: SchemaDifference[] = [];
  // Another affinity is told already, and stops a sync.
  if (ofA.type !== ofB.type && a.affinity === b.affinity) {
    const what = `column \`${a.name}\` has ${typeInWords(ofA.type)} in a and ${typeInWords(ofB.type)} in b`;
    differences.push(detail(table, { kind: "type", subject: a.name }, what));
  }
  if (ofA.defaultValue !== ofB.defaultValue) {
    const [inA, inB] = [ofA, ofB].map(({ defaultValue }) => defaultInWords(defaultValue));
    const what = `column \`${a.name}\` has ${inA ?? ""} in a and ${inB ?? ""} in b`;
    differences.push(detail(table, { kind: "default", subject: a.name }, what));
  }
  return differences;
}

function typeInWords(type: string): string {
  return type === "" ? "no type" : `the type ${type.toUpperCase()}`;
}

function defaultInWords(value: string): string {
  return value === "" ? "no DEFAULT" : `DEFAULT ${value}`;
}

function compareStorage(table: Table, a: GeneratedColumn, b: GeneratedColumn): SchemaDifference[] {
  const [inA, inB] = [a, b].map(({ definition }) => columnTexts(definition).storage.toUpperCase());
  if (inA === inB) return [];
  const what = `column \`${a.name}\` is ${inA ?? ""} in a and ${inB ?? ""} in b`;
  return [detail(table, { kind: "storage", subject: a.name }, what)];
}

/** Of the foreign keys that both tables have, each with its rules; the others are told already. */
function compareRules(a: Table, b: Table): SchemaDifference[] {
  const [ofA, ofB] = [rulesByKey(a), rulesByKey(b)];
  return [...ofA].flatMap(([key, rules]) => {
    const other = ofB.get(key);
    if (other === undefined || other === rules) return [];
    const what = `FOREIGN KEY ${key} is ${ruleInWords(rules)} in a and ${ruleInWords(other)} in b`;
    return [detail(a, { kind: "foreign-key-rules", subject: key }, what)];
  });
}

function rulesByKey(table: Table): Map<string, string> {
  const rules = foreignKeyRules(table.sql);
  return new Map(table.foreignKeys.map((key, place) => [foreignKeyText(key), rules[place] ?? ""]));
}

function ruleInWords(rules: string): string {
  return rules === "" ? "without an action" : rules.toUpperCase();
}

function detail(
  { name }: Table,
  about: { readonly kind: DifferenceKind; readonly subject: string | null },
  what: string,
): SchemaDifference {
  return {
    ...about,
    table: name,
    onlyIn: null,
    stopsSync: false,
    message: `table \`${name}\`: ${what}`,
    next: "Rebuild the table on one side by the other's definition; a sync does without.",
  };
}
