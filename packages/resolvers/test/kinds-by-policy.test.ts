import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { valueToText } from "@sync/model";
import type { Answer, Conflict, Row } from "@sync/model";
import { expect, test } from "vitest";
import { CONFLICT_KINDS } from "../src/conflict-kinds.ts";
import { POLICY_NAMES, policyNamed } from "../src/index.ts";
import { NOW_MS } from "./conflicts.ts";
import { KIND_EXAMPLES } from "./kind-examples.ts";
import type { KindExample } from "./kind-examples.ts";

const PAGE = fileURLToPath(new URL("../../../docs/conflicts.md", import.meta.url));
const START =
  "<!-- kinds by policy: written by packages/resolvers/test/kinds-by-policy.test.ts -->";
const END = "<!-- end of kinds by policy -->";

// `SYNC_WRITE_DOCS=1` writes the page instead of comparing it; `npm run format` then aligns its tables.
const WRITES = process.env["SYNC_WRITE_DOCS"] === "1";

test("there is an example of every kind of conflict", () => {
  expect(new Set(KIND_EXAMPLES.map(({ conflict }) => conflict.kind))).toEqual(
    new Set(CONFLICT_KINDS),
  );
});

test("docs/conflicts.md shows what every policy does about every kind of conflict", async () => {
  const page = readFileSync(PAGE, "utf8");
  const [before = "", rest = ""] = page.split(START);
  const [shown = "", after] = rest.split(END);
  expect(after).toBeDefined();
  const expected = [await overview(), ...KIND_EXAMPLES.map(section)].join("\n\n");
  if (WRITES) writeFileSync(PAGE, `${before}${START}\n\n${expected}\n\n${END}${after ?? ""}`);
  else expect(withoutAlignment(shown)).toBe(withoutAlignment(expected));
});

/** One line for each policy, one column for each example. */
async function overview(): Promise<string> {
  const heads = KIND_EXAMPLES.map(({ conflict, title }) => `${conflict.kind}: ${title}`);
  const lines = POLICY_NAMES.map(async (name) => {
    const answers = KIND_EXAMPLES.map(async ({ conflict }) => answerTo(name, conflict));
    return row([`\`${name}\``, ...(await Promise.all(answers))]);
  });
  return [row(["", ...heads]), rule(heads.length + 1), ...(await Promise.all(lines))].join("\n");
}

async function answerTo(name: string, conflict: Conflict): Promise<string> {
  const answer: Answer = await policyNamed(name).decide(conflict, { nowMs: NOW_MS });
  switch (answer?.type) {
    case "take":
      return answer.side;
    case "rekey":
      return `both (${answer.side} moves)`;
    case "write":
      return Object.values(answer.row).map(code).join(", ");
    case "delete":
      return "deleted";
    case "park":
    case undefined:
      return "parks";
  }
}

function section({ title, story, conflict }: KindExample): string {
  const { base, a, b, constraint } = conflict;
  const columns = Object.keys(base ?? a ?? b ?? {});
  const images: readonly [string, Row | null][] = [
    ["base", base],
    ["a", a],
    ["b", b],
  ];
  const lines = images.map(([name, image]) =>
    row([name, ...columns.map((column) => (image === null ? "–" : code(image[column] ?? null)))]),
  );
  return [
    `### \`${conflict.kind}\`: ${title}`,
    `${story}${constraint === null ? "" : ` On side ${constraint.side} it would break ${constraint.text}.`}`,
    [row(["", ...columns]), rule(columns.length + 1), ...lines].join("\n"),
  ].join("\n\n");
}

function code(value: Row[string]): string {
  return `\`${valueToText(value)}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function rule(cells: number): string {
  return row(Array.from({ length: cells }, () => "---"));
}

/** A formatter may align the columns of a table. */
function withoutAlignment(text: string): string {
  return text
    .replaceAll(/ *\| */g, "|")
    .replaceAll(/-{3,}/g, "---")
    .trim();
}
