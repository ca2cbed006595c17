import Database from "better-sqlite3";

/** What became of an edit: in words, the question that shows it, and the answer that is right. */
interface Fact {
  readonly words: string;
  readonly query: string;
  readonly expected: string;
}

/** Each must hold in both copies after the run. */
const FACTS: readonly Fact[] = [
  {
    words: "Customer 3 has Ada's phone number and Ben's city:",
    query: "SELECT phone || ', ' || city FROM customers WHERE id = 3",
    expected: "555-0777, Dublin",
  },
  {
    words: "The Moka pot has Ben's price, the later one:",
    query: "SELECT price FROM products WHERE id = 2",
    expected: "31",
  },
  {
    words: "The Milk jug has the price that both gave it:",
    query: "SELECT price FROM products WHERE id = 5",
    expected: "18.9",
  },
  {
    words: "The French press stays: an edit beats a deletion:",
    query: "SELECT description FROM products WHERE id = 7",
    expected: "One litre, glass, with a spare sieve",
  },
  {
    words: "Customer 6 is gone; how many there are:",
    query: "SELECT count(*) FROM customers",
    expected: "5",
  },
  {
    words: "Both new orders are there, lines and all:",
    query: `SELECT group_concat(order_id || '/' || line, ' ') FROM (SELECT * FROM order_lines
              WHERE order_id >= 9007199254741993 ORDER BY order_id, line)`,
    expected: "9007199254741993/1 9007199254741993/2 9007199254742993/1",
  },
  {
    words: 'Searching for "filter" finds Ben\'s new bottle:',
    query: `SELECT group_concat(name, ', ') FROM (SELECT name FROM product_search
              WHERE product_search MATCH 'filter' ORDER BY rowid)`,
    expected: "Filter papers, Cold brew bottle",
  },
  {
    words: "Its photo, byte for byte:",
    query: "SELECT hex(image) FROM product_photos WHERE product_id = 9",
    expected: "FFD8FF09",
  },
];

/** A fact as one copy shows it. */
export interface FactFound {
  readonly words: string;
  readonly answer: string;
  readonly isRight: boolean;
}

/** Asks both copies for each fact; it is right only if both give the expected answer. */
export function checkFacts(paths: readonly string[]): FactFound[] {
  const databases = paths.map((path) => new Database(path, { readonly: true }));
  try {
    return FACTS.map(({ words, query, expected }) => {
      const answers = databases.map((db) => String(db.prepare(query).pluck().get()));
      const isRight = answers.every((answer) => answer === expected);
      const answer = new Set(answers).size === 1 ? answers[0] : answers.join(" | ");
      return { words, answer: answer ?? "", isRight };
    });
  } finally {
    for (const db of databases) db.close();
  }
}
