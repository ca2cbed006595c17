import type { Chance } from "./chance.ts";
import { oddNumber } from "./chance.ts";
import { patch } from "./damage.ts";
import type { Damage, Patch } from "./damage.ts";
import { cellOffsets, pageCount, pageSize, treePages } from "./page-layout.ts";
import type { TreePage } from "./page-layout.ts";

/** One way to damage a database file; `null`: this file has no place for it. A new one is an entry here. */
export const DATABASE_DAMAGES: Readonly<
  Record<string, (bytes: Buffer, chance: Chance) => Omit<Damage, "kind"> | null>
> = {
  "header field": (bytes, chance) => {
    const [at, size] = chance.of(HEADER_FIELDS);
    return replaceNumber(bytes, chance, at, size);
  },
  "tree page's header": (bytes, chance) =>
    onTreePage(bytes, chance, ({ header }) => {
      const [offset, size] = chance.of(PAGE_HEADER_FIELDS);
      return replaceNumber(bytes, chance, header + offset, size);
    }),
  "cell pointer": (bytes, chance) =>
    onTreePage(bytes, chance, (page) =>
      page.cells === 0
        ? null
        : replaceNumber(bytes, chance, page.pointers + 2 * chance.below(page.cells), 2),
    ),
  "first bytes of a cell": (bytes, chance) =>
    onCell(bytes, chance, (at) => ({
      patches: [patch(at + chance.below(12), chance.of(ODD_BYTES))],
    })),
  "page number in a cell": (bytes, chance) =>
    onCell(bytes, chance, (at) => ({
      patches: [patch(at, oddPage(bytes, chance))],
    })),
  "cells of two pages": (bytes, chance) =>
    onCell(bytes, chance, (from) =>
      onCell(bytes, chance, (to) => ({ patches: [copied(bytes, from, to, 16)] })),
    ),
  "right-most child": (bytes, chance) =>
    onTreePage(bytes, chance, ({ header, isInterior }) =>
      isInterior ? { patches: [patch(header + 8, oddPage(bytes, chance))] } : null,
    ),
  "text of the schema": (bytes, chance) => {
    const at = bytes.indexOf("CREATE ", chance.below(Math.max(bytes.length - 200, 1)));
    if (at < 0) return null;
    const text = Buffer.from(chance.of(ODD_SCHEMA_TEXTS));
    return { patches: [patch(at + chance.below(60), text)] };
  },
  freelist: (bytes, chance) => {
    const trunk = bytes.length >= 100 ? bytes.readUInt32BE(32) : 0;
    if (trunk === 0) return { patches: [patch(32, oddPage(bytes, chance))] };
    const at = (trunk - 1) * pageSize(bytes) + 4 * chance.below(4);
    return { patches: [patch(at, oddPage(bytes, chance))] };
  },
  "some bits": (bytes, chance) => ({
    patches: Array.from({ length: 1 + chance.below(8) }, () => {
      const at = chance.below(bytes.length);
      return patch(at, Buffer.of((bytes[at] ?? 0) ^ (1 << chance.below(8))));
    }),
  }),
  "some bytes": (bytes, chance) => ({
    patches: [patch(chance.below(bytes.length), chance.bytes(1 + chance.below(40)))],
  }),
  "a page of zeros": (bytes, chance) => ({
    patches: [patch(pageStart(bytes, chance), Buffer.alloc(pageSize(bytes)))],
  }),
  "a page of noise": (bytes, chance) => ({
    patches: [patch(pageStart(bytes, chance), chance.bytes(pageSize(bytes)))],
  }),
  "a page over another": (bytes, chance) => {
    const [from, to] = [pageStart(bytes, chance), pageStart(bytes, chance)];
    return { patches: [copied(bytes, from, to, pageSize(bytes))] };
  },
  "two pages changed places": (bytes, chance) => {
    const [one, other] = [pageStart(bytes, chance), pageStart(bytes, chance)];
    const size = pageSize(bytes);
    return { patches: [copied(bytes, one, other, size), copied(bytes, other, one, size)] };
  },
  "cut off": (bytes, chance) => ({ patches: [], length: chance.below(bytes.length) }),
  "cut off at a page": (bytes, chance) => ({ patches: [], length: pageStart(bytes, chance) }),
  "filled up": (bytes, chance) => ({
    patches: [patch(bytes.length, chance.bytes(chance.below(600)))],
    length: bytes.length + chance.below(10_000),
  }),
};

/** Place and size of the fields of a database's header (https://sqlite.org/fileformat2.html, 1.3). */
const HEADER_FIELDS: readonly (readonly [number, 1 | 2 | 4])[] = [
  [0, 1],
  [16, 2],
  [18, 1],
  [19, 1],
  [20, 1],
  [21, 1],
  [24, 4],
  [28, 4],
  [32, 4],
  [36, 4],
  [40, 4],
  [44, 4],
  [48, 4],
  [52, 4],
  [56, 4],
  [60, 4],
  [64, 4],
  [92, 4],
];

/** And of a page of a tree (1.6): its type, first free block, number of cells, start of their content, loose bytes. */
const PAGE_HEADER_FIELDS: readonly (readonly [number, 1 | 2])[] = [
  [0, 1],
  [1, 2],
  [3, 2],
  [5, 2],
  [7, 1],
];

/** Varints and serial types at their limits. */
const ODD_BYTES = [
  "ff",
  "00",
  "80",
  "81",
  "7f",
  "0a",
  "0b",
  "ffffffffffffffffff",
  "8080808000",
].map((hex) => Buffer.from(hex, "hex"));

const ODD_SCHEMA_TEXTS = ["'", '"', "(", ")", ";--", "\0", "\u00ff\u00fe", "VIEW", "WITHOUT", ",,"];

function onTreePage(
  bytes: Buffer,
  chance: Chance,
  act: (page: TreePage) => Omit<Damage, "kind"> | null,
): Omit<Damage, "kind"> | null {
  const pages = treePages(bytes);
  return pages.length === 0 ? null : act(chance.of(pages));
}

function onCell(
  bytes: Buffer,
  chance: Chance,
  act: (at: number) => Omit<Damage, "kind"> | null,
): Omit<Damage, "kind"> | null {
  return onTreePage(bytes, chance, (page) => {
    const cells = cellOffsets(bytes, page);
    return cells.length === 0 ? null : act(chance.of(cells));
  });
}

function replaceNumber(
  bytes: Buffer,
  chance: Chance,
  at: number,
  size: 1 | 2 | 4,
): Omit<Damage, "kind"> {
  const present = at + size <= bytes.length ? bytes.readUIntBE(at, size) : 0;
  return { patches: [patch(at, oddNumber(chance, size, present))] };
}

/** Mostly one that exists: a tree that leads back into itself, or into another. */
function oddPage(bytes: Buffer, chance: Chance): Buffer {
  const page = Buffer.alloc(4);
  page.writeUInt32BE(1 + chance.below(pageCount(bytes) + 1));
  return chance.share() < 0.7 ? page : oddNumber(chance, 4, pageCount(bytes));
}

function pageStart(bytes: Buffer, chance: Chance): number {
  return pageSize(bytes) * chance.below(pageCount(bytes));
}

function copied(bytes: Buffer, from: number, to: number, size: number): Patch {
  return patch(to, bytes.subarray(from, from + size));
}
