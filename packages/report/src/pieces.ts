import type { Markup } from "./html/markup.ts";

/** About what a write to a file or a pipe takes at once. */
const PIECE_CHARACTERS = 65_536;

/** Joins small parts to pieces that are worth a write each. */
export async function* inPieces(parts: AsyncIterable<Markup>): AsyncGenerator<string> {
  let piece: string[] = [];
  let characters = 0;
  for await (const { text } of parts) {
    piece.push(text);
    characters += text.length;
    if (characters < PIECE_CHARACTERS) continue;
    yield piece.join("");
    piece = [];
    characters = 0;
  }
  if (piece.length > 0) yield piece.join("");
}
