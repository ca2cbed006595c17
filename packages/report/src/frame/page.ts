import { createHash } from "node:crypto";
import { NOTHING, markup, ownMarkup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { timeText } from "../html/words.ts";
import { pageScript } from "./script.ts";
import { STYLE } from "./style.ts";
import { helpDialog, toolbar } from "./tools.ts";

/** What is particular to one page. */
export interface Frame {
  /** In the window's title and as the page's heading. */
  readonly title: Markup;
  /** The answer, in a sentence. */
  readonly answer: string;
  /** What was compared, and when: names and values. */
  readonly facts: readonly (readonly [name: Markup, value: Markup])[];
  /** Before the rows: what is to be known, and the table of tables. */
  readonly summary: Markup;
  /** Names of the kinds of rows; none where there are no rows to look at. */
  readonly kinds: readonly string[];
  readonly legend: Markup;
}

/** The page up to its first row. */
export function pageStart(frame: Frame): Markup {
  const { title, answer, facts, summary, kinds, legend } = frame;
  const hasRows = kinds.length > 0;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<meta name="generator" content="@sync/report">
<title>${title}</title>
<style>${ownMarkup(STYLE)}</style>
</head>
<body>
${hasRows ? markup`<a class="skip" href="#differences">Skip to the rows</a>\n` : NOTHING}<header>
<h1 translate="no">${title}</h1>
<p class="answer">${answer}</p>
<dl class="facts" translate="no">
${facts.map(factHtml)}</dl>
<p class="note unfinished"><strong>This page is not complete (yet).</strong> If this stays, writing it was interrupted: make it again.</p>
<p class="note warned"><strong>A database changed while this page was made.</strong> It is said at each table where that shows.</p>
</header>
<main>
${summary}${legend}${hasRows ? toolbar(kinds) : NOTHING}<div id="differences" tabindex="-1" translate="no">
`;
}

function factHtml([name, value]: readonly [name: Markup, value: Markup]): Markup {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`;
}

/** What follows the last row. */
export function pageEnd({ timeMs, notes }: { timeMs: number; notes: readonly string[] }): Markup {
  const time = markup`<time datetime="${new Date(timeMs).toISOString()}">${timeText(timeMs)}</time>`;
  return markup`</div>
</main>
<footer>
${notes.map((note) => markup`<p>${note}</p>\n`)}<p>Made by dbsync on ${time}. This page is one file: it loads nothing and sends nothing. It holds rows of the databases: share it with as much care as these.</p>
</footer>
${helpDialog()}
<script type="module">${ownMarkup(pageScript())}</script>
<i id="end" hidden></i>
</body>
</html>
`;
}

/**
 * Forbids everything but the page's own style and script, which are named by their hashes: nothing that a
 * database holds could run, or reach the network, even if it became markup.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
function contentPolicy(): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(pageScript())}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
