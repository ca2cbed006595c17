import { markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

/** Finds rows and goes from one to the next; shown by the script, without which it could do nothing. */
export function toolbar(kinds: readonly string[]): Markup {
  const boxes = kinds.map(
    (kind) =>
      markup`<label><input type="checkbox" class="kind" checked> ${kind.toLowerCase()}</label>\n`,
  );
  return markup`<search class="tools" role="search" aria-label="Rows" hidden>
<label for="filter">Filter <kbd>/</kbd></label><input id="filter" type="search" autocomplete="off" spellcheck="false" aria-describedby="found">
<fieldset><legend class="unseen">Kinds of rows to show</legend>
${boxes}</fieldset>
<button type="button" id="previous">Previous <kbd>p</kbd></button>
<button type="button" id="next">Next <kbd>n</kbd></button>
<button type="button" id="help">Keys <kbd>?</kbd></button>
<output id="found" role="status"></output>
</search>
<p id="later" hidden><small>Rows are rendered as you come to them. The filter looks through all of them; the browser’s own search sees those that have been on the screen.</small></p>
`;
}

/** The keys, and the way to switch them off (WCAG 2.1.4: speech input can hit single letters by accident). */
export function helpDialog(): Markup {
  return markup`<dialog id="keys" aria-labelledby="keys-title">
<h2 id="keys-title">Keys</h2>
<table>
<thead><tr><th scope="col">key</th><th scope="col">does</th></tr></thead>
<tbody>
<tr><th scope="row"><kbd>n</kbd></th><td>goes to the next row</td></tr>
<tr><th scope="row"><kbd>p</kbd></th><td>goes to the previous row</td></tr>
<tr><th scope="row"><kbd>/</kbd></th><td>goes to the filter; every word must stand in the row or be the table’s name</td></tr>
<tr><th scope="row"><kbd>Esc</kbd></th><td>empties the filter; closes this</td></tr>
<tr><th scope="row"><kbd>?</kbd></th><td>shows this</td></tr>
</tbody>
</table>
<p><label><input type="checkbox" id="use-keys" checked> use single keys</label></p>
<form method="dialog"><button>Close</button></form>
</dialog>`;
}
