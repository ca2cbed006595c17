/**
 * The page's look. Colours are pairs with a contrast of at least 4.5 : 1 (WCAG 2.2 AA) in light and dark;
 * a is warm and b is cool, which people with colour blindness tell apart, and each has a line and a
 * shape of its own besides.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f6f7f9; --ink: #1b1f24; --quiet: #57606a; --line: #d3d8de; --link: #0b57d0;
  --a: #8a3b00; --a-ground: #ffe7d1; --b: #0a4a8f; --b-ground: #d8e9ff;
  --note: #5c4500; --note-ground: #fff6d6; --focus: #0b57d0; --mark: #fff3bf;
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  --code: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --raised: #1d2125; --ink: #e6e8ea; --quiet: #a3acb6; --line: #3a414a; --link: #8ab8ff;
    --a: #ffc08a; --a-ground: #4a2a0c; --b: #a6cdff; --b-ground: #0f3560;
    --note: #ffe28a; --note-ground: #3b3212; --focus: #8ab8ff; --mark: #4d4413;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 5rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 var(--text); }
header, main, footer { max-width: 82rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; color: var(--quiet); }
p { margin: .25rem 0 .75rem; max-width: 70ch; }
.answer { font-size: 1.2rem; margin: .25rem 0 1rem; }
a { color: var(--link); text-underline-offset: .15em; }
small, .quiet { color: var(--quiet); }
small { font-size: .85em; font-weight: 400; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; top: 0; padding: .5rem 1rem; background: var(--ground); z-index: 3; }
.skip:focus { left: .5rem; top: .5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem .75rem; margin: 0 0 1rem; }
.facts > div { display: contents; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.side { display: inline-block; min-width: 1.5em; padding: 0 .35em; text-align: center; font-weight: 700; line-height: 1.35; border: 2px solid; }
.side.a { color: var(--a); border-color: var(--a); border-radius: 2px; border-style: dashed; }
.side.b { color: var(--b); border-color: var(--b); border-radius: .8em; }
.note { padding: .6rem .9rem; background: var(--note-ground); color: var(--note); border-left: 4px solid; max-width: 80ch; }
.warned { display: none; }
:root:has(.moved) .warned { display: block; }
:root:has(#end) .unfinished { display: none; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .9rem 0 .3rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; font-weight: 400; }
thead th { color: var(--quiet); font-size: .85rem; border-top: 0; border-bottom: 2px solid var(--line); }
th.n, td.n { text-align: right; }
.wide { overflow-x: auto; }
.tables { width: auto; min-width: min(100%, 38rem); }
.tables th { overflow-wrap: break-word; }
.tables tbody th, .tables tfoot th { font-weight: 600; }
.tables tfoot > tr > * { border-top: 2px solid var(--line); }
.equal, .remarks { margin: .75rem 0; }
.remarks ul { margin: .25rem 0; padding-left: 1.25rem; max-width: 80ch; }
.equal ul { columns: 16rem; margin: .5rem 0; padding-left: 1.25rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
.legend { margin: .75rem 0; }
.legend dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: .5rem 0; max-width: 52rem; }
.legend dt, .legend dd { margin: 0; }

.chunk { content-visibility: auto; contain-intrinsic-size: auto 4000px; }
.c { table-layout: fixed; }
col.name { width: 20%; }
col.key { width: 26%; }
.c th[scope=rowgroup] { background: var(--raised); border-top: 2px solid var(--line); }
.c th[scope=row], dt { color: var(--quiet); }
.r b, th b { font-weight: 400; color: var(--quiet); }
.r th[scope=rowgroup], .a th[scope=row], .b th[scope=row], .p th[scope=row], .l th[scope=row], .s th[scope=row] { font-weight: 600; }
.a > thead > tr > th { border-bottom: 2px dashed var(--a); }
.b > thead > tr > th { border-bottom: 2px solid var(--b); }
.also { color: var(--quiet); font-weight: 400; margin-left: 1rem; }
td dl { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; margin: 0; }
td dl > div { display: flex; gap: .4rem; max-width: 100%; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.current > tr > * { background: var(--mark) !important; }
.current > tr > th:first-child { box-shadow: inset 4px 0 0 var(--focus); }
.current th:focus { outline: 0; }

q, .q, code, .code { white-space: pre-wrap; unicode-bidi: plaintext; tab-size: 4; }
q::before, q::after, .q::before, .q::after { content: "'"; color: var(--quiet); }
code, .code, .x { font-family: var(--code); font-size: .9em; }
.null { color: var(--quiet); font-style: italic; }
.x { font-style: normal; padding: 0 .2em; margin: 0 .05em; border: 1px dotted; border-radius: 3px; white-space: nowrap; unicode-bidi: isolate; }
.nl::after { content: "\\A"; white-space: pre; }
del, ins { font-weight: 600; padding: 0 .1em; border-radius: 2px; }
del { background: var(--a-ground); color: var(--a); text-decoration: underline dashed 2px; text-underline-offset: .2em; }
ins { background: var(--b-ground); color: var(--b); text-decoration: underline solid 2px; text-underline-offset: .2em; }
del .null, ins .null, del q::before, del q::after, ins q::before, ins q::after, del small, ins small { color: inherit; }
.fold { display: inline; }
.fold > summary { display: inline-block; margin: 0 .25em; padding: 0 .5em; border: 1px solid var(--line); border-radius: 1em; background: var(--raised); color: var(--quiet); font: 400 .8rem/1.6 var(--text); max-width: 100%; white-space: normal; text-decoration: none; }
.cut { color: var(--note); background: var(--note-ground); }

.tools { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem; margin: 1.5rem -1.5rem 0; padding: .6rem 1.5rem; background: var(--ground); border-block: 1px solid var(--line); }
.tools fieldset { display: flex; flex-wrap: wrap; gap: .2rem .9rem; border: 0; margin: 0; padding: 0; }
.tools label { white-space: nowrap; }
.tools output { margin-left: auto; color: var(--quiet); }
input, button { font: inherit; color: inherit; }
input[type=search] { width: 16rem; max-width: 100%; padding: .25rem .5rem; background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px; }
input[type=checkbox] { accent-color: var(--focus); }
button { padding: .2rem .6rem; background: var(--raised); border: 1px solid var(--quiet); border-radius: 4px; cursor: pointer; }
kbd { font: .85em var(--code); padding: 0 .3em; border: 1px solid var(--line); border-radius: 3px; background: var(--ground); }
dialog { max-width: 32rem; padding: 1.25rem 1.5rem; border: 1px solid var(--quiet); border-radius: 8px; background: var(--ground); color: var(--ink); }
dialog h2 { margin-top: 0; }
dialog::backdrop { background: rgb(0 0 0 / .45); }
footer { margin-top: 3rem; padding-top: 1rem; padding-bottom: 3rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }

@media (max-width: 40rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  .tools { position: static; margin: 1rem -1rem 0; padding: .6rem 1rem; }
  html { scroll-padding-top: 1rem; }
  th, td { padding: .3rem .4rem; }
  input[type=search] { width: 100%; }
  .tools output { margin-left: 0; }
  .tables { min-width: 0; }
  col.name { width: 26%; }
  .legend dl { grid-template-columns: 1fr; }
  .legend dd { margin-bottom: .4rem; }
}
@media (forced-colors: active) {
  .current > tr > * { outline: 2px solid Highlight; }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --raised: #f3f3f3; --ink: #000; --quiet: #444; --line: #999; --link: #000; --a: #6b2d00; --a-ground: #fff; --b: #06305f; --b-ground: #fff; --note: #000; --note-ground: #fff; --mark: #fff; }
  body { font-size: 9.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  .tools, .skip, dialog, .legend:not([open]) { display: none !important; }
  .chunk { content-visibility: visible; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr, h2, h3, caption { break-inside: avoid; break-after: auto; }
  h2, h3, .table > p, caption, thead, .c th[scope=rowgroup] { break-after: avoid; }
  .current > tr > th:first-child { box-shadow: none; }
  .r { break-inside: avoid; }
  .fold > summary { border-style: dotted; }
  a { text-decoration: none; }
}
`;
