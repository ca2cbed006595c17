import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readDocument } from "../src/document.ts";
import type { CodeBlock } from "../src/document.ts";
import { brokenPromises, compileExamples, promisedOutput } from "../src/example.ts";
import { brokenLinks } from "../src/links.ts";
import { REPOSITORY, findCommented, findPages } from "../src/pages.ts";
import { deviations, isRunnable, parseSession } from "../src/session.ts";
import type { Ended, Step } from "../src/session.ts";
import { makeWorkplace } from "../src/workplace.ts";

// Each page starts several processes, which on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PAGES = [...findPages(), ...findCommented()];
const HAS_SQLITE3 = spawnSync("sqlite3", ["--version"]).status === 0;
const workplace = makeWorkplace();

let complaints: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const sources: string[] = [];
  for (const page of PAGES) {
    const examples = blocksOf(page).filter(isExample);
    if (blocksOf(page).length > 0) await workplace.prepare(page, examples);
    sources.push(...examples.map((block) => workplace.sourceOf(page, block)));
  }
  complaints = compileExamples(sources);
});

afterAll(() => workplace.remove());

it("docs/README.md leads to every page of docs", () => {
  const start = join(REPOSITORY, "docs", "README.md");
  const linked = readDocument(start).links.map(({ target }) => join("docs", target));
  // Decisions have their own folder, and pages that are written from the code theirs.
  const pages = PAGES.filter((page) => /^docs\/(?!README|decisions|api)/.test(page));
  expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
});

describe.each(PAGES.filter((page) => /^packages\/[^/]+\/README\.md$/.test(page)))("%s", (page) => {
  it("has at most 120 lines, and what a reader looks for in the usual order", () => {
    const text = readFileSync(join(REPOSITORY, page), "utf8");
    expect(text.split("\n").length).toBeLessThanOrEqual(121);
    const titles = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    const usual = ["When not to use it", "Install", "Smallest example", "API", "Commands"];
    const expected = [...usual, "Guarantees and limits", "Errors"];
    expect(expected.filter((title) => titles.includes(title))).toEqual(
      titles.filter((title) => title !== undefined && expected.includes(title)),
    );
    expect(expected.filter((title) => !titles.includes(title))).toHaveLength(1);
  });
});

describe.each(PAGES)("%s", (page) => {
  it("has links that lead somewhere", () => {
    expect(brokenLinks(join(REPOSITORY, page))).toEqual([]);
  });

  it.for(blocksOf(page))("is right in line $line", async (block, { skip }) => {
    if (isExample(block)) {
      await expectExample(page, block);
      return;
    }
    skip(
      !HAS_SQLITE3 && usesSqlite3(page),
      "sqlite3 is not installed, and the sessions of this page need it",
    );
    await expectSession(page, block);
  });
});

async function expectExample(page: string, block: CodeBlock): Promise<void> {
  const source = workplace.sourceOf(page, block);
  expect(complaints.get(source)).toEqual([]);
  const program = source.replace(/\.ts$/, ".js");
  const { exitCode, output } = await workplace.execute(page, process.execPath, [program]);
  const missing = brokenPromises(promisedOutput(block.text), output);
  expect({ exitCode, missing, output }).toEqual({ exitCode: 0, missing: [], output });
}

async function expectSession(page: string, block: CodeBlock): Promise<void> {
  let last: Ended = { exitCode: 0, output: "" };
  for (const step of parseSession(block.text).filter(isRunnable)) {
    last =
      step.command === "echo $?"
        ? { exitCode: 0, output: String(last.exitCode) }
        : await workplace.execute(page, "sh", ["-c", step.command]);
    const wrong = deviations(step, last, workplace.folderOf(page));
    expect({ wrong, ran: tell(step, last) }).toEqual({ wrong: [], ran: tell(step, last) });
  }
}

function tell({ command }: Step, { exitCode, output }: Ended): string {
  return `$ ${command}\n${output}\n[${exitCode}]`;
}

/** The blocks of a page that can be run. */
function blocksOf(page: string): CodeBlock[] {
  return readDocument(join(REPOSITORY, page)).blocks.filter(
    (block) => isExample(block) || isSession(block),
  );
}

/** ` ```ts sketch ` is a piece of something larger, and cannot run. */
function isExample({ language, meta }: CodeBlock): boolean {
  return language === "ts" && meta !== "sketch";
}

function isSession({ language, text }: CodeBlock): boolean {
  return language === "console" && parseSession(text).some(isRunnable);
}

function usesSqlite3(page: string): boolean {
  return blocksOf(page).some((block) => isSession(block) && /\bsqlite3 /.test(block.text));
}
