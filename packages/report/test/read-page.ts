import type { SqlValue } from "@sync/model";
import { defaultTreeAdapter, parse, parseFragment } from "parse5";
import type { DefaultTreeAdapterTypes } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** One row of a page, read back. */
export interface ReadRow {
  readonly table: string;
  readonly kind: "c" | "a" | "b";
  /** Of a changed row both values of each column; of others the value of each column. */
  readonly values: Readonly<Record<string, readonly SqlValue[]>>;
}

/** What a browser's parser makes of a page: rows, and every element that is in it. */
export interface ReadPage {
  readonly rows: readonly ReadRow[];
  /** Names of elements and attributes, as `a[href]`. */
  readonly vocabulary: ReadonlySet<string>;
  readonly document: Element;
}

/**
 * Reads a page as a browser does (parse5 follows the HTML standard).
 *
 * @param isScripted - with scripts, rows that wait are text, which the page's script parses later
 */
export function readPage(text: string, isScripted: boolean): ReadPage {
  const parsed = parse(text, { scriptingEnabled: isScripted });
  const document = childrenOf(parsed).find((node) => node.tagName === "html");
  if (document === undefined) throw new Error("There is no html element.");
  if (isScripted) renderWaiting(document);
  const elements = everyElement(document);
  const rows = elements
    .filter((one) => one.tagName === "section" && hasClass(one, "table"))
    .flatMap(readSection);
  const vocabulary = new Set(
    elements.flatMap(({ tagName, attrs }) =>
      [tagName].concat(attrs.map(({ name }) => `${tagName}[${name}]`)),
    ),
  );
  return { rows, vocabulary, document };
}

/** What stands in an element, hidden characters as what they are; words of the page itself left out. */
export function plainText(node: Node): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  if (!defaultTreeAdapter.isElementNode(node)) return "";
  if (hasClass(node, "x")) return unescaped(rawText(node));
  if (["summary", "small"].includes(node.tagName)) return "";
  return node.childNodes.map(plainText).join("");
}

export function everyElement(root: Element): Element[] {
  return [root, ...childrenOf(root).flatMap(everyElement)];
}

export function hasClass({ attrs }: Element, name: string): boolean {
  return attrs.some((one) => one.name === "class" && one.value.split(" ").includes(name));
}

/** As `render` of the page's script does. */
function renderWaiting(root: Element): void {
  for (const raw of everyElement(root).filter(({ tagName }) => tagName === "noscript")) {
    const { parentNode } = raw;
    if (parentNode === null) continue;
    const { childNodes } = parseFragment(rawText(raw));
    for (const child of childNodes) defaultTreeAdapter.insertBefore(parentNode, child, raw);
    defaultTreeAdapter.detachNode(raw);
  }
}

function readSection(section: Element): ReadRow[] {
  const heading = everyElement(section).find(({ tagName }) => tagName === "h2");
  const table = heading === undefined ? "" : plainText(heading);
  const tables = everyElement(section).filter(({ tagName }) => tagName === "table");
  return tables.flatMap((one) => {
    const kind = (["c", "a", "b"] as const).find((letter) => hasClass(one, letter));
    if (kind === undefined) throw new Error("A table of rows has no kind.");
    const rows = everyElement(one).filter((body) => hasClass(body, "r"));
    return rows.map((row) => ({ table, kind, values: valuesOf(one, row) }));
  });
}

function valuesOf(table: Element, row: Element): Record<string, readonly SqlValue[]> {
  const entries = hasClass(table, "c") ? changedValues(row) : oneSidedValues(table, row);
  // Columns may be named `__proto__`.
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries));
}

function changedValues(row: Element): [string, SqlValue[]][] {
  return childrenOf(row)
    .slice(1)
    .map((line) => {
      const [name, ...values] = childrenOf(line);
      return [name === undefined ? "" : plainText(name), values.map(valueOf)];
    });
}

function oneSidedValues(table: Element, row: Element): [string, SqlValue[]][] {
  const pairs = everyElement(row).filter(({ tagName }) => tagName === "dl");
  const heads = everyElement(table).filter(({ tagName }) => tagName === "thead");
  const cells = childrenOf(row).flatMap(childrenOf);
  if (pairs.length > 0) {
    const named = pairs.flatMap(childrenOf).map((pair): [string, SqlValue[]] => {
      const [name, value] = childrenOf(pair);
      return [
        name === undefined ? "" : plainText(name),
        value === undefined ? [] : [valueOf(value)],
      ];
    });
    return named;
  }
  const names = heads.flatMap(childrenOf).flatMap(childrenOf).map(plainText);
  return names.map((name, index) => {
    const cell = cells[index];
    return [name, cell === undefined ? [] : [valueOf(cell)]];
  });
}

/** The value that a cell shows, by the elements that the page's legend explains. */
function valueOf(cell: Element): SqlValue {
  const inside = everyElement(cell);
  const find = (tag: string, name: string): Element | undefined =>
    inside.find((one) => one.tagName === tag || hasClass(one, name));
  if (inside.some((one) => hasClass(one, "null"))) return null;
  const text = find("q", "q");
  if (text !== undefined) return plainText(text);
  const blob = find("code", "code");
  if (blob !== undefined) return Uint8Array.from(Buffer.from(plainText(blob).slice(2, -1), "hex"));
  // A note of its class may stand beside it.
  const number = plainText(cell).trim();
  if (number === "Inf") return Number.POSITIVE_INFINITY;
  if (number === "-Inf") return Number.NEGATIVE_INFINITY;
  return /[.e]/.test(number) ? Number(number) : BigInt(number);
}

function unescaped(mark: string): string {
  if (mark === String.raw`\0`) return "\0";
  if (mark === String.raw`\t`) return "\t";
  if (mark === String.raw`\r`) return "\r";
  if (mark === String.raw`\n`) return "\n";
  const hex = /^\\(?:x|u)\{?([0-9a-f]+)\}?$/.exec(mark)?.[1];
  if (hex === undefined) throw new Error(`Not an escape: ${mark}`);
  const point = Number.parseInt(hex, 16);
  return point > 0xffff ? String.fromCodePoint(point) : String.fromCharCode(point);
}

function rawText(node: Node): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return "childNodes" in node ? node.childNodes.map(rawText).join("") : "";
}

function childrenOf(node: Node): Element[] {
  return "childNodes" in node
    ? node.childNodes.filter((one) => defaultTreeAdapter.isElementNode(one))
    : [];
}
