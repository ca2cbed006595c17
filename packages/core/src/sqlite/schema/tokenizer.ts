/** What a piece of SQL is. Quoted names are `quoted` in all three styles; `'…'` is `string`. */
export type TokenType = "word" | "quoted" | "string" | "blob" | "number" | "punctuation";

/** One token with its place in the text: `sql.slice(start, end) === text`. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// One alternative for each token class, by the rules of https://www.sqlite.org/lang.html ("comments",
// "keywords", "literal values") and of `sqlite3GetToken`. An unterminated comment or string runs to
// the end of the text. A word may hold `$` and any character from U+0080 up, except as its first `$`.
const TOKEN =
  /(?<skip>[ \t\n\f\r\uFEFF]+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<string>'[^']*(?:''[^']*)*'?)|(?<quoted>"[^"]*(?:""[^"]*)*"?|`[^`]*(?:``[^`]*)*`?|\[[^\]]*\]?)|(?<blob>[xX]'[0-9a-fA-F]*')|(?<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)|(?<word>[A-Za-z_\u0080-\u{10FFFF}][\w$\u0080-\u{10FFFF}]*)|(?<punctuation>->>|->|\|\||<=|<>|<<|>=|>>|==|!=|[^])/gu;

const TYPES: readonly TokenType[] = ["string", "quoted", "blob", "number", "word", "punctuation"];

/**
 * The tokens of a piece of SQL, without white space and comments. Never throws: a text that SQLite
 * would refuse comes out as some tokens or other.
 *
 * @example tokenize("a -- note") // [{ type: "word", text: "a", start: 0, end: 1 }]
 */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const type = TYPES.find((name) => match.groups?.[name] !== undefined);
    if (type === undefined) continue;
    const text = match[0];
    tokens.push({ type, text, start: match.index, end: match.index + text.length });
  }
  return tokens;
}
