import { isCancel, select, text } from "@clack/prompts";
import { pairNameFor } from "../output/config-template.ts";
import type { ConfigAnswers } from "../output/config-template.ts";

/** What was said on the command line already. */
export interface GivenAnswers {
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly name: string | undefined;
  readonly policy: string | undefined;
}

const POLICIES = [
  { value: "last-write-wins", label: "The later edit wins", hint: "by updated_at or modified_at" },
  { value: "manual", label: "I decide each conflict", hint: "they wait in the inbox" },
  { value: "prefer-a", label: "The first database wins" },
  { value: "prefer-b", label: "The second database wins" },
  {
    value: "rekey,last-write-wins",
    label: "Keep both new rows of one number, else the later edit",
    hint: "two copies that hand out numbers offline",
  },
];

/** Asks what is not known yet; `null` for Escape and Ctrl-C. */
export async function askConfig(given: GivenAnswers): Promise<ConfigAnswers | null> {
  const a = given.a ?? (await askText("One database", ""));
  if (a === null) return null;
  const b = given.b ?? (await askText("The other one", ""));
  if (b === null) return null;
  const name = given.name ?? (await askText("A name for the pair", pairNameFor(a)));
  if (name === null) return null;
  const policy = given.policy ?? (await askPolicy());
  return policy === null ? null : { a, b, name, policy };
}

async function askText(message: string, initialValue: string): Promise<string | null> {
  const answer = await text({
    message,
    initialValue,
    validate: (value) =>
      value === undefined || value.trim() === "" ? "Something is wanted here." : undefined,
    output: process.stderr,
  });
  return isCancel(answer) ? null : answer.trim();
}

async function askPolicy(): Promise<string | null> {
  const answer = await select({
    message: "Who wins where both changed the same?",
    options: POLICIES,
    output: process.stderr,
  });
  return isCancel(answer) ? null : answer;
}
