/** A name as an SQL identifier: `a"b` becomes `"a""b"`. Safe for every name, keywords included. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text as an SQL string literal: `it's` becomes `'it''s'`. For the few places that take no bound
 * value (pragma arguments, DDL); everywhere else values are bound.
 */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A name in the form in which SQLite compares names: ASCII letters in lower case, the rest as is.
 * `toLowerCase` would also fold letters like `İ`, which SQLite keeps apart.
 */
export function foldName(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Are these the same table, column or collation to SQLite? */
export function isSameName(one: string, other: string): boolean {
  return foldName(one) === foldName(other);
}
