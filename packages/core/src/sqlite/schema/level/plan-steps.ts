import { foldName, isSameName, quoteName } from "../../identifier.ts";
import { tableNamed } from "../compare-schemas.ts";
import type { SchemaObject, WholeSchema } from "../read-whole-schema.ts";
import type { SchemaDifference } from "../types.ts";
import { addingSteps, columnAddition, isVirtual } from "./adding.ts";
import { rebuildSql } from "./rebuild.ts";
import { STEP_ORDER } from "./steps.ts";
import type { AddingStep, LevelStep, Levelling } from "./steps.ts";

/** What would make one side's schema like the other's: what can be added, and what a person has to do. */
export interface LevelPlan {
  readonly adding: readonly AddingStep[];
  readonly advice: readonly LevelStep[];
}

/**
 * Plans how to level one side. What only this side has is no business of its steps: it is levelled on
 * the other one. Nothing is ever dropped by a step that adds. Pure.
 */
export function planSteps(work: Levelling<WholeSchema>): LevelPlan {
  const adding = addingSteps(work).toSorted((one, other) => placeOf(one) - placeOf(other));
  const mended = new Set(adding.flatMap(({ mends }) => mends));
  const left = work.differences.filter(
    (one) => !mended.has(one) && (one.onlyIn === null || one.onlyIn === work.fromSide),
  );
  return { adding, advice: [...rebuilds(work, left, adding), ...replacements(work, left)] };
}

/** An index that follows a table comes after that table's columns. */
function placeOf(step: AddingStep): number {
  return (
    STEP_ORDER.indexOf(isVirtual(step) ? "add-column" : step.type) + (isVirtual(step) ? 0.5 : 0)
  );
}

function rebuilds(
  work: Levelling<WholeSchema>,
  left: readonly SchemaDifference[],
  adding: readonly AddingStep[],
): LevelStep[] {
  const ofTables = left.filter(
    ({ kind }) => !["view", "index", "trigger", "virtual-table"].includes(kind),
  );
  const names = [...new Set(ofTables.flatMap(({ table }) => table ?? []))];
  return names.flatMap((name): LevelStep[] => {
    const [from, to] = [tableNamed(work.from.schema, name), tableNamed(work.to.schema, name)];
    if (from === null || to === null || from.kind === "virtual" || to.kind === "virtual") return [];
    const mine = adding.filter(({ table }) => isSameName(table, name));
    const { sql, note } = rebuildSql({
      from,
      to,
      whole: work.to,
      created: mine
        .filter(({ type }) => type === "create-index" || type === "create-trigger")
        .flatMap((step) => step.sql),
      added: new Set(
        mine
          .filter(({ type }) => type === "add-column")
          .map(({ subject }) => foldName(subject ?? "")),
      ),
    });
    const refused = ofTables
      .filter(({ kind, table }) => kind === "column" && isSameName(table ?? "", name))
      .flatMap((one) => {
        const added = columnAddition(work, one, from);
        return added.type === "refused"
          ? [`\`${one.subject ?? ""}\` cannot be added: ${added.reason}.`]
          : [];
      });
    return [
      {
        type: "rebuild",
        table: to.name,
        subject: null,
        sql,
        note: [...refused, note].join(" ").trim(),
      },
    ];
  });
}

/** Views, triggers and indexes of one name and two definitions. */
function replacements(
  work: Levelling<WholeSchema>,
  left: readonly SchemaDifference[],
): LevelStep[] {
  return left.flatMap(({ kind, subject }): LevelStep[] => {
    if (kind !== "view" && kind !== "trigger" && kind !== "index") return [];
    const named = (whole: WholeSchema): SchemaObject | undefined =>
      whole.objects.find((one) => one.type === kind && isSameName(one.name, subject ?? ""));
    const [from, to] = [named(work.from), named(work.to)];
    // Its name is something else's there: no statement of ours decides what gives way.
    if (from === undefined || to === undefined) return [];
    const sql = [`DROP ${kind.toUpperCase()} ${quoteName(to.name)}`, from.sql];
    return [{ type: "replace", table: from.table, subject: from.name, sql, note: "" }];
  });
}
