/**
 * A path as it can be typed after a command: `'my shop.sqlite'`, `./-x.sqlite`, `$'a\nb.sqlite'`.
 *
 * What needs no quotes stands as it is. Control characters are written by their numbers, so that they can
 * neither end a line nor reach the terminal; shells without `$'…'` (dash, fish) cannot take such a path, all
 * others can be pasted everywhere.
 */
export function pathForShell(path: string): string {
  const safe = path.startsWith("-") ? `./${path}` : path;
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(safe)) return safe;
  if (/\p{Cc}/u.test(safe)) return `$'${escaped(safe)}'`;
  return `'${safe.replaceAll("'", String.raw`'\''`)}'`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\\']/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`)
    .replaceAll(/\p{Cc}/gu, (character) =>
      // Bytes of UTF-8 in octal: three digits each, so that what follows is not taken for one more.
      Array.from(
        new TextEncoder().encode(character),
        (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
      ).join(""),
    );
}
