// The script of a page: renders rows as the reader comes near them, filters them, and goes from one to the
// next. Without it the page says the same.
// oxlint-disable eslint/max-lines -- it stands in the page itself, and there it cannot import

/** Rows that are rendered together. */
interface Chunk {
  readonly box: HTMLElement;
  readonly section: HTMLElement | null;
  /** The table's name, which words of the filter may be. */
  readonly table: string;
  /** The kind of each row, by its number. */
  readonly kinds: readonly number[];
  readonly lines: number;
  /** What is searched, row by row; read when it is first needed. */
  texts: readonly string[] | null;
  /** Numbers of the rows to show; `null` is all of them. */
  shown: readonly number[] | null;
}

/** A row: the number of its chunk, and its own within it. */
interface Place {
  readonly chunk: number;
  readonly row: number;
}

/** The page stays responsive between stretches of work of this length. */
const STRETCH_MS = 30;
/** Rows are rendered before they come into view. */
const AHEAD = "1500px 0px";
/** What a line of a table takes, to give rows that are not rendered about the height they will have. */
const LINE_PX = 34;

function startPage(): void {
  const tools = document.querySelector<HTMLElement>(".tools");
  const chunks = [...document.querySelectorAll<HTMLElement>(".chunk")].map(readChunk);
  if (tools === null || chunks.length === 0) return;
  tools.hidden = false;
  renderAhead(chunks);
  const filter = startFilter(chunks);
  const walk = startWalk(chunks, filter);
  startKeys(filter, walk);
  addEventListener("beforeprint", () => {
    for (const chunk of chunks) if (chunk.shown?.length !== 0) render(chunk);
  });
}

function readChunk(box: HTMLElement): Chunk {
  const sizes = (box.dataset["rows"] ?? "").split(" ").map(Number);
  const section = box.closest<HTMLElement>("section");
  return {
    box,
    section,
    table: section?.querySelector("h2")?.textContent.toLowerCase() ?? "",
    kinds: sizes.flatMap((size, kind) => Array<number>(size).fill(kind)),
    lines: Number(box.dataset["lines"]),
    texts: null,
    shown: null,
  };
}

/** The text of rows that are not rendered yet: where scripts run, it is not markup. */
function waiting(chunk: Chunk): HTMLElement | null {
  return chunk.box.querySelector<HTMLElement>(":scope > noscript");
}

function render(chunk: Chunk): void {
  const raw = waiting(chunk);
  if (raw === null) return;
  raw.replaceWith(parsed(raw.textContent));
  chunk.box.style.minHeight = "";
  showRows(chunk);
}

/** What our own program wrote and escaped; the page's policy lets nothing in it run besides. */
function parsed(markup: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = markup;
  return template.content;
}

function renderAhead(chunks: readonly Chunk[]): void {
  const later = chunks.filter((chunk) => waiting(chunk) !== null);
  const hint = document.querySelector<HTMLElement>("#later");
  if (hint !== null) hint.hidden = later.length === 0;
  const chunkOf = new Map<Element, Chunk>(later.map((chunk) => [chunk.box, chunk]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const chunk = chunkOf.get(target);
        if (!isIntersecting || chunk === undefined) continue;
        observer.unobserve(target);
        render(chunk);
      }
    },
    { rootMargin: AHEAD },
  );
  for (const chunk of later) {
    chunk.box.style.minHeight = `${chunk.lines * LINE_PX}px`;
    observer.observe(chunk.box);
  }
}

// ——— rows of a chunk ———

function rowsOf(chunk: Chunk): HTMLElement[] {
  return [...chunk.box.querySelectorAll<HTMLElement>(".r")];
}

function textsOf(chunk: Chunk): readonly string[] {
  const raw = waiting(chunk);
  if (raw !== null) return textsOfMarkup(raw.textContent);
  return rowsOf(chunk).map((row) =>
    [...row.querySelectorAll("th, td")].map(cellText).join("\n").toLowerCase(),
  );
}

/** What {@link cellText} reads from rows that are rendered; ten times as fast as rendering them for that. */
function textsOfMarkup(markup: string): readonly string[] {
  const rows = markup.split('<tbody class="r">').slice(1);
  return rows.map((row) =>
    row
      .slice(0, row.indexOf("</tbody>"))
      .replaceAll(/<summary>.*?<\/summary>/gs, "")
      .replaceAll(/<\/t[hd]>/g, "\n")
      .replaceAll(/<[^>]*>/g, "")
      .replaceAll(/&(?:quot|amp|apos|lt|gt);/g, (name) => CHARACTERS[name] ?? name)
      .toLowerCase(),
  );
}

/** All that the program escapes; in its markup no attribute of a row holds a `>`. */
const CHARACTERS: Readonly<Record<string, string>> = {
  "&quot;": '"',
  "&amp;": "&",
  "&apos;": "'",
  "&lt;": "<",
  "&gt;": ">",
};

/** Without the words on folds, which tear apart what stands around them. */
function cellText(cell: Element): string {
  if (cell.querySelector("summary") === null) return cell.textContent;
  // An element's copy is an element.
  const copy = cell.cloneNode(true) as Element;
  for (const summary of copy.querySelectorAll("summary")) summary.remove();
  return copy.textContent;
}

function showRows(chunk: Chunk): void {
  const { box, shown, kinds, lines } = chunk;
  box.hidden = shown?.length === 0;
  if (waiting(chunk) !== null) {
    const share = shown === null ? 1 : shown.length / kinds.length;
    box.style.minHeight = `${Math.ceil(lines * share) * LINE_PX}px`;
    return;
  }
  const wanted = shown === null ? null : new Set(shown);
  rowsOf(chunk).forEach((row, number) => {
    row.hidden = wanted !== null && !wanted.has(number);
  });
  for (const table of box.querySelectorAll<HTMLElement>(".wide")) {
    table.hidden = table.querySelector(".r:not([hidden])") === null;
  }
}

// ——— filter ———

interface Filter {
  readonly input: HTMLInputElement;
  say(words: string): void;
  /** Rows that are shown. */
  size(): number;
}

function startFilter(chunks: readonly Chunk[]): Filter {
  const input = element("filter", HTMLInputElement);
  const status = element("found", HTMLElement);
  const boxes = [...document.querySelectorAll<HTMLInputElement>("input.kind")];
  const all = chunks.reduce((sum, { kinds }) => sum + kinds.length, 0);
  let size = all;
  let latest = 0;
  const say = (words: string): void => {
    status.textContent = words;
  };
  const search = async (): Promise<void> => {
    const turn = ++latest;
    const words = input.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const kinds = boxes.map(({ checked }) => checked);
    const isEverything = words.length === 0 && kinds.every(Boolean);
    const found: (readonly number[] | null)[] = [];
    let until = performance.now() + STRETCH_MS;
    for (const chunk of chunks) {
      found.push(isEverything ? null : matching(chunk, words, kinds));
      if (performance.now() < until) continue;
      say(`Searching … ${Math.round((100 * found.length) / chunks.length)} %`);
      await pause();
      if (turn !== latest) return;
      until = performance.now() + STRETCH_MS;
    }
    // At once: rows that go one by one would let those below come into view, to be rendered for nothing.
    chunks.forEach((chunk, number) => {
      chunk.shown = found[number] ?? null;
      showRows(chunk);
    });
    const matches = chunks.reduce((sum, chunk) => sum + shownSize(chunk), 0);
    size = matches;
    hideEmptySections(chunks);
    say(isEverything ? rowsText(all) : `${numberText(matches)} of ${rowsText(all)}`);
  };
  const start = (): void => void search();
  input.addEventListener("input", start);
  for (const box of boxes) box.addEventListener("change", start);
  say(rowsText(all));
  return { input, say, size: () => size };
}

function matching(chunk: Chunk, words: readonly string[], kinds: readonly boolean[]): number[] {
  const numbers = [...chunk.kinds.keys()].filter((row) => kinds[chunk.kinds[row] ?? 0] === true);
  const rest = words.filter((word) => !chunk.table.includes(word));
  if (rest.length === 0) return numbers;
  const texts = (chunk.texts ??= textsOf(chunk));
  return numbers.filter((row) => rest.every((word) => texts[row]?.includes(word) === true));
}

function shownSize({ shown, kinds }: Chunk): number {
  return shown?.length ?? kinds.length;
}

function hideEmptySections(chunks: readonly Chunk[]): void {
  const sections = new Set(chunks.flatMap(({ section }) => section ?? []));
  const alive = new Set(chunks.filter(({ box }) => !box.hidden).map(({ section }) => section));
  for (const section of sections) section.hidden = !alive.has(section);
}

// ——— from row to row ———

interface Walk {
  go(by: 1 | -1): void;
}

function startWalk(chunks: readonly Chunk[], filter: Filter): Walk {
  let current: HTMLElement | null = null;
  let place: Place | null = null;
  const go = (by: 1 | -1): void => {
    const from =
      place !== null && current !== null && isOnScreen(current) ? place : placeOnScreen(chunks, by);
    const to = stepFrom(chunks, from, by);
    if (to === null) {
      filter.say(by === 1 ? "No row after this one" : "No row before this one");
      return;
    }
    current?.classList.remove("current");
    place = to;
    current = goTo(chunks, to);
    filter.say(`Row ${numberText(rankOf(chunks, to))} of ${numberText(filter.size())}`);
  };
  element("next", HTMLElement).addEventListener("click", () => go(1));
  element("previous", HTMLElement).addEventListener("click", () => go(-1));
  return { go };
}

function isOnScreen(row: HTMLElement): boolean {
  const { top, bottom } = row.getBoundingClientRect();
  return row.isConnected && !row.hidden && bottom > 0 && top < innerHeight;
}

/** Just before what is first on the screen, or just after, where a step leads to the reader's own place. */
function placeOnScreen(chunks: readonly Chunk[], by: 1 | -1): Place {
  const top = element("differences", HTMLElement).offsetTop > scrollY ? 0 : toolsHeight();
  const number = chunks.findIndex(
    ({ box }) => !box.hidden && box.getBoundingClientRect().bottom > top,
  );
  const chunk = chunks[number];
  if (chunk === undefined) return { chunk: by === 1 ? 0 : chunks.length, row: -1 };
  render(chunk);
  const row = rowsOf(chunk).findIndex(
    (one) => !one.hidden && one.getBoundingClientRect().top >= top - 1,
  );
  if (row === -1) return { chunk: number, row: chunk.kinds.length };
  return { chunk: number, row: by === 1 ? row - 1 : row };
}

function toolsHeight(): number {
  return document.querySelector(".tools")?.getBoundingClientRect().bottom ?? 0;
}

function stepFrom(chunks: readonly Chunk[], from: Place, by: 1 | -1): Place | null {
  for (let number = from.chunk; number >= 0 && number < chunks.length; number += by) {
    const chunk = chunks[number];
    if (chunk === undefined) return null;
    const rows = chunk.shown ?? [...chunk.kinds.keys()];
    const isHere = (row: number): boolean => number !== from.chunk || (row - from.row) * by > 0;
    const row = by === 1 ? rows.find(isHere) : rows.findLast(isHere);
    if (row !== undefined) return { chunk: number, row };
  }
  return null;
}

/** The keyboard's focus goes along, so that screen readers read the row. */
function goTo(chunks: readonly Chunk[], place: Place): HTMLElement | null {
  const chunk = chunks[place.chunk];
  if (chunk === undefined) return null;
  // Neighbours first: rendered later, they would push the row away.
  for (const near of chunks.slice(Math.max(0, place.chunk - 1), place.chunk + 2)) render(near);
  const row = rowsOf(chunk)[place.row];
  if (row === undefined) return null;
  row.classList.add("current");
  const head = row.querySelector<HTMLElement>("th");
  if (head !== null) {
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
  }
  row.scrollIntoView({ block: "center" });
  return row;
}

function rankOf(chunks: readonly Chunk[], { chunk, row }: Place): number {
  const before = chunks.slice(0, chunk).reduce((sum, one) => sum + shownSize(one), 0);
  const shown = chunks[chunk]?.shown ?? null;
  return before + (shown === null ? row : shown.indexOf(row)) + 1;
}

// ——— keys ———

function startKeys({ input }: Filter, walk: Walk): void {
  const dialog = element("keys", HTMLDialogElement);
  const areUsed = element("use-keys", HTMLInputElement);
  const help = (): void => dialog.showModal();
  element("help", HTMLElement).addEventListener("click", help);
  const actions: Readonly<Record<string, () => void>> = {
    n: () => walk.go(1),
    p: () => walk.go(-1),
    "/": () => {
      input.focus();
      input.select();
    },
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.key === "Escape" && event.target === input) {
      input.value = "";
      input.dispatchEvent(new Event("input"));
      input.blur();
      return;
    }
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (action === undefined || isTyping || !areUsed.checked) return;
    event.preventDefault();
    action();
  });
}

// ——— small things ———

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.querySelector(`#${id}`);
  if (found instanceof kind) return found;
  throw new Error(`The page has no element ${id}.`);
}

/** Lets the browser answer the reader in between. */
async function pause(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve);
  });
}

function rowsText(rows: number): string {
  return `${numberText(rows)} ${rows === 1 ? "row" : "rows"}`;
}

function numberText(number: number): string {
  return number.toLocaleString("en");
}

startPage();
