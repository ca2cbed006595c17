import { pathsOf, placesOfValues } from "./command-tree.ts";
import type { Flag, Place } from "./command-tree.ts";

/**
 * A script that completes the command in zsh, with a description beside each word. It can be sourced
 * after `compinit`, or stand as `_dbsync` in a folder of `$fpath`.
 */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef dbsync
# zsh completion for dbsync, written by: dbsync completion zsh
_dbsync() {
  local at="" prev=\${words[CURRENT - 1]} i
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i - 1]}" in
      (${patterns(placesOfValues(places))}) continue ;;
    esac
    case "$at \${words[i]}" in
      (${patterns(pathsOf(places))}) at+=" \${words[i]}" ;;
    esac
  done
  # --table=x is one word here.
  if [[ $PREFIX == --*=* ]]; then
    prev=\${PREFIX%%=*}
    compset -P 1 '*='
  fi
  case "$at $prev" in
${places.flatMap((place) => place.options.flatMap((flag) => valueCase(place, flag))).join("\n")}
  esac
  case "$at" in
${places.map((place) => placeCase(place)).join("\n")}
  esac
}
if [[ $funcstack[1] == _dbsync ]]; then _dbsync "$@"; else compdef _dbsync dbsync; fi`;
}

function patterns(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join("|");
}

function valueCase({ path }: Place, { name, value }: Flag): string[] {
  const head = `    ("${path} ${name}")`;
  switch (value.type) {
    case "none":
      return [];
    case "file":
      return [`${head} _files; return ;;`];
    case "text":
      return [`${head} return 1 ;;`];
    case "words":
      return [`${head} compadd -- ${value.words.join(" ")}; return ;;`];
  }
}

function placeCase({ path, words, options, takesOperands }: Place): string {
  const lines = [
    `    ("${path}")`,
    `      if [[ $PREFIX == -* ]]; then known=(${described(options)}); _describe option known; return; fi`,
  ];
  if (words.length > 0) {
    lines.push(`      known=(${described(words)}); _describe command known`);
  }
  lines.push(takesOperands ? "      _files ;;" : "      return ;;");
  return lines.join("\n");
}

/** `'--json:print the counts as JSON'`: a colon parts name and description. */
function described(
  all: readonly { readonly name: string; readonly description: string }[],
): string {
  return all.map(({ name, description }) => quoted(`${name}:${description}`)).join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
