import { readFileSync } from "node:fs";
import GithubSlugger from "github-slugger";
import { fromMarkdown } from "mdast-util-from-markdown";
import { toString } from "mdast-util-to-string";
import { visit } from "unist-util-visit";

/** A page as a tree (mdast). */
type Root = ReturnType<typeof fromMarkdown>;

/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  /** What follows the language: `sketch` in ` ```ts sketch `. */
  readonly meta: string;
  readonly text: string;
  /** Where it begins in the document, from 1. */
  readonly line: number;
}

/** What a page of Markdown holds that can be wrong. */
export interface Document {
  readonly blocks: readonly CodeBlock[];
  /** Targets of links and images as they are written. */
  readonly links: readonly { readonly target: string; readonly line: number }[];
  /** What can follow `#` in a link to this page, as GitHub makes it. */
  readonly anchors: ReadonlySet<string>;
}

/** Reads a page from the disk; of a source, what stands in its comments. */
export function readDocument(path: string): Document {
  const text = readFileSync(path, "utf8");
  return parseDocument(path.endsWith(".ts") ? commentsIn(text) : text);
}

/** The text of `/** … *\/` comments; other lines are empty, so that lines keep their numbers. */
export function commentsIn(source: string): string {
  let isComment = false;
  return source
    .split("\n")
    .map((line) => {
      if (/^\s*\/\*\*/.test(line)) isComment = true;
      const text = isComment ? line.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?|\s*\*\/\s*$/g, "") : "";
      if (line.trimEnd().endsWith("*/")) isComment = false;
      return text;
    })
    .join("\n");
}

/** Finds blocks, links and headings in a page's text. */
export function parseDocument(text: string): Document {
  const root = fromMarkdown(text);
  return { blocks: blocksOf(root), links: linksOf(root), anchors: anchorsOf(root) };
}

function blocksOf(root: Root): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  visit(root, "code", ({ lang, meta, value, position }) => {
    blocks.push({
      language: lang ?? "",
      meta: meta ?? "",
      text: value,
      line: position?.start.line ?? 0,
    });
  });
  return blocks;
}

function linksOf(root: Root): { target: string; line: number }[] {
  const links: { target: string; line: number }[] = [];
  visit(root, ["link", "image", "definition"], (node) => {
    if (node.type !== "link" && node.type !== "image" && node.type !== "definition") return;
    links.push({ target: node.url, line: node.position?.start.line ?? 0 });
  });
  return links;
}

function anchorsOf(root: Root): Set<string> {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  visit(root, "heading", (heading) => void anchors.add(slugger.slug(toString(heading))));
  return anchors;
}
