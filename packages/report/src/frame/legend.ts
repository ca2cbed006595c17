import { markup } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

/** How values are written, for who has never seen such a page. */
export function legendHtml(): Markup {
  return markup`<details class="legend"><summary>How to read this page</summary><dl>
<dt><del>from a</del> <ins>from b</ins></dt><dd>what differs: above a dashed line as a has it, above a solid line as b has it</dd>
<dt><q>text</q></dt><dd>TEXT, in quotes; spaces and line breaks are kept</dd>
<dt>7, 7.0</dt><dd>INTEGER and REAL, which are different values; so is the text <q>7</q></dd>
<dt><code>x'00ff'</code></dt><dd>BLOB, byte by byte</dd>
<dt><i class="null">NULL</i></dt><dd>no value</dd>
<dt><i class="x">\\u202e</i></dt><dd>a character that cannot be seen, or that would change what stands around it</dd>
</dl></details>
`;
}
