import type { HandDecision, InboxConflict, InboxColumn, TakeFrom } from "@sync/core";
import { isSyncError, keyToText, valueToText } from "@sync/model";
import type { Row, SqlValue } from "@sync/model";
import { parseTypedValue, WAYS_TO_TYPE } from "../decision/typed-value.ts";
import { printableName } from "../output/text.ts";
import { marked } from "../output/three-columns.ts";

/** What a person answers about one conflict. */
export type Answer = HandDecision | "later" | "stop";

type Choice = "a" | "b" | "base" | "set" | "delete" | "keep-both" | "later" | "stop";

interface ChoiceOption {
  readonly value: Choice;
  readonly label: string;
  readonly hint?: string;
}

/** Asks on stderr, so that stdout stays the findings'. Escape and Ctrl-C stop. */
export async function askDecision(conflict: InboxConflict): Promise<Answer> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select<Choice>({
    message: `How shall ${printableName(conflict.table)} ${keyToText(conflict.key)} be?`,
    options: choicesOf(conflict),
    output: process.stderr,
  });
  if (isCancel(answer)) return "stop";
  switch (answer) {
    case "later":
    case "stop":
      return answer;
    case "delete":
    case "keep-both":
      return { type: answer };
    case "set":
      return askValues(conflict);
    case "a":
    case "b":
    case "base":
      return { type: "take", from: answer };
  }
}

function choicesOf(conflict: InboxConflict): ChoiceOption[] {
  const names = marked(conflict);
  const take = (from: TakeFrom, label: string): ChoiceOption => ({
    value: from,
    label,
    hint: valuesText(conflict[from], names),
  });
  return [
    take("a", "As a has it"),
    take("b", "As b has it"),
    ...(conflict.base === null ? [] : [take("base", "As both had it before")]),
    ...(conflict.kind === "insert/insert"
      ? [{ value: "keep-both", label: "Keep both rows", hint: "one gets a fresh key" } as const]
      : []),
    ...(names.length === 0 ? [] : [{ value: "set", label: "Type the values" } as const]),
    { value: "delete", label: "Delete the row on both sides" },
    { value: "later", label: "Decide later", hint: "leave it as it is" },
    { value: "stop", label: "Stop here" },
  ];
}

/** Only the columns in dispute, and no more than fit into a line. */
function valuesText(row: Row | null, names: readonly string[]): string {
  if (row === null) return "no row";
  return names
    .slice(0, 3)
    .map((name) => `${printableName(name)}: ${valueToText(row[name] ?? null, 24)}`)
    .join(", ");
}

async function askValues(conflict: InboxConflict): Promise<Answer> {
  const values: Record<string, SqlValue> = {};
  const columns = conflict.columns.filter(
    ({ name, isKey }) => !isKey && marked(conflict).includes(name),
  );
  for (const column of columns) {
    const typed = await askValue(column);
    if (typed === null) return "later";
    values[column.name] = parseTypedValue(typed, column);
  }
  return { type: "set", columns: values, rest: conflict.a === null ? "b" : "a" };
}

async function askValue(column: InboxColumn): Promise<string | null> {
  const { isCancel, text } = await import("@clack/prompts");
  const typed = await text({
    message: `${printableName(column.name)}:`,
    placeholder: WAYS_TO_TYPE,
    validate: (value) => complaint(value ?? "", column),
    output: process.stderr,
  });
  return isCancel(typed) ? null : typed;
}

function complaint(typed: string, column: InboxColumn): string | undefined {
  try {
    parseTypedValue(typed, column);
    return undefined;
  } catch (error) {
    return isSyncError(error) ? error.message : String(error);
  }
}
