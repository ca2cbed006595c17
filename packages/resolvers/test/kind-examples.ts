import type { Conflict, ConflictKind, Rival, Row } from "@sync/model";

/** One conflict for the page: what happened, and the rows. */
export interface KindExample {
  readonly title: string;
  readonly story: string;
  readonly conflict: Conflict;
}

/** What is usual; each example says what is different. */
function conflictOf(
  kind: ConflictKind,
  rows: { readonly base: Row | null; readonly a: Row | null; readonly b: Row | null },
  changes: Partial<Conflict>,
): Conflict {
  return {
    table: "stock",
    key: { id: 7n },
    kind,
    ...rows,
    disputed: Object.keys(rows.a ?? rows.b ?? {}),
    timestampColumn: "updated_at",
    generatedKey: true,
    hasBase: true,
    constraint: null,
    clockSkew: null,
    ...changes,
  };
}

/** On the day of the tests' now, as SQLite writes it. */
const at = (hour: number): string => `2024-05-01 ${String(hour).padStart(2, "0")}:00`;

function item(changes: Row, hour: number): Row {
  return { id: 7n, ...changes, updated_at: at(hour) };
}

const CUSTOMER: Row = { id: 7n, name: "Ada", email: "ada@example.com", updated_at: at(9) };

/** Side b's customer 9, who has the e-mail address already. */
const HAS_THE_ADDRESS: Rival = {
  table: "customers",
  key: { id: 9n },
  base: null,
  a: null,
  b: { ...CUSTOMER, id: 9n },
};

/** Side b's order 31, which would lose its customer. */
const ORDER: Rival = {
  table: "orders",
  key: { id: 31n },
  base: null,
  a: null,
  b: { id: 31n, customer_id: 7n, updated_at: at(11) },
};

/** One example of each kind, or more where policies tell them apart; in the order of the page. */
export const KIND_EXAMPLES: readonly KindExample[] = [
  {
    title: "a number",
    story: "Two were sold in the shop (a), three came in at the store (b).",
    conflict: conflictOf(
      "update/update",
      { base: item({ pieces: 10n }, 9), a: item({ pieces: 8n }, 10), b: item({ pieces: 13n }, 11) },
      { disputed: ["pieces"] },
    ),
  },
  {
    title: "a list",
    story: "One side took the tag `sale` away, the other added `hot`.",
    conflict: conflictOf(
      "update/update",
      {
        base: item({ tags: '["new","sale"]' }, 9),
        a: item({ tags: '["new"]' }, 10),
        b: item({ tags: '["new","sale","hot"]' }, 11),
      },
      { disputed: ["tags"] },
    ),
  },
  {
    title: "a text",
    story: "Both corrected the same note, in different places.",
    conflict: conflictOf(
      "update/update",
      {
        base: item({ note: "call Ada on Monday about tea" }, 9),
        a: item({ note: "call Ada on Friday about tea" }, 10),
        b: item({ note: "call Ada on Monday about coffee" }, 11),
      },
      { disputed: ["note"] },
    ),
  },
  {
    title: "a generated key",
    story: "Each side added a customer, and SQLite gave both of them the number 7.",
    conflict: conflictOf(
      "insert/insert",
      { base: null, a: item({ name: "Ada" }, 10), b: item({ name: "Grace" }, 11) },
      { table: "customers", disputed: ["name", "updated_at"] },
    ),
  },
  {
    title: "a key of your own",
    story: "Each side entered the same article, under the number that is printed on it.",
    conflict: conflictOf(
      "insert/insert",
      {
        base: null,
        a: { ean: "4006381", name: "Pen", updated_at: at(10) },
        b: { ean: "4006381", name: "Pen, blue", updated_at: at(11) },
      },
      { key: { ean: "4006381" }, generatedKey: false, disputed: ["name", "updated_at"] },
    ),
  },
  {
    title: "an edit and a deletion",
    story: "One side changed the row, the other deleted it.",
    conflict: conflictOf(
      "update/delete",
      { base: item({ pieces: 10n }, 9), a: item({ pieces: 8n }, 10), b: null },
      {},
    ),
  },
  {
    title: "a unique value",
    story: "Each side added a customer, under different numbers and with the same e-mail address.",
    conflict: conflictOf(
      "unique",
      { base: null, a: CUSTOMER, b: null },
      {
        table: "customers",
        constraint: { text: "UNIQUE (`email`)", side: "b", rival: HAS_THE_ADDRESS },
      },
    ),
  },
  {
    title: "a parent that is needed",
    story: "One side deleted the customer, the other wrote an order for her.",
    conflict: conflictOf(
      "foreign-key",
      { base: CUSTOMER, a: null, b: CUSTOMER },
      {
        table: "customers",
        constraint: { text: "orders (`customer_id`)", side: "b", rival: ORDER },
      },
    ),
  },
  {
    title: "two edits together",
    story: "One side lowered the price, the other raised the discount: each is fine, both are not.",
    conflict: conflictOf(
      "check",
      {
        base: item({ price: 10n, discount: 2n }, 9),
        a: item({ price: 4n, discount: 2n }, 10),
        b: item({ price: 10n, discount: 5n }, 11),
      },
      {
        disputed: ["price", "discount"],
        constraint: { text: "CHECK (discount <= price)", side: "b", rival: null },
      },
    ),
  },
  {
    title: "a value that must be there",
    story: "One side added an article without a price, which the other side's table demands.",
    conflict: conflictOf(
      "not-null",
      { base: null, a: item({ price: null }, 10), b: null },
      { constraint: { text: "`price` NOT NULL", side: "b", rival: null } },
    ),
  },
  {
    title: "a value of another type",
    story: "One side wrote a word where the other side's STRICT table takes numbers only.",
    conflict: conflictOf(
      "type",
      {
        base: item({ pieces: 10n }, 9),
        a: item({ pieces: "ten" }, 10),
        b: item({ pieces: 10n }, 9),
      },
      {
        disputed: ["pieces", "updated_at"],
        constraint: { text: "`pieces` INTEGER", side: "b", rival: null },
      },
    ),
  },
];
