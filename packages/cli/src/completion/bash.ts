import { pathsOf, placesOfValues } from "./command-tree.ts";
import type { Flag, Place } from "./command-tree.ts";

/**
 * A script that completes the command in bash: commands, options, the words that an option takes, and
 * file names everywhere else, quoted by readline. It calls nothing while somebody types.
 *
 * `COMP_WORDBREAKS` has `=`, so that `--table=x` comes as three words.
 */
export function bashCompletion(places: readonly Place[]): string {
  return `# bash completion for dbsync, written by: dbsync completion bash
_dbsync() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i - 1]}" in
      ${patterns(placesOfValues(places))}) continue ;;
    esac
    case "$at \${COMP_WORDS[i]}" in
      ${patterns(pathsOf(places))}) at+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  if [[ $cur == = ]]; then
    cur=""
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$at $prev" in
${places.flatMap((place) => place.options.flatMap((flag) => valueCase(place, flag))).join("\n")}
  esac
  case "$at" in
${places.map((place) => placeCase(place)).join("\n")}
  esac
}
complete -o default -F _dbsync dbsync`;
}

function patterns(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(" | ");
}

function valueCase({ path }: Place, { name, value }: Flag): string[] {
  const head = `    "${path} ${name}")`;
  if (value.type === "none") return [];
  if (value.type === "file") return [`${head} return ;;`];
  if (value.type === "text") return [`${head} ${NO_FILES}; return ;;`];
  return [`${head} ${wordsOf(value.words)}; ${NO_FILES}; return ;;`];
}

/** What no option and no command matches is a file name, unless nothing can follow. */
function placeCase({ path, words, options, takesOperands }: Place): string {
  const names = options.map(({ name }) => name);
  const rest = takesOperands ? "" : `\n      ${NO_FILES}`;
  return `    "${path}")
      if [[ $cur == -* ]]; then ${wordsOf(names)}; else ${wordsOf(words.map(({ name }) => name))}; fi${rest} ;;`;
}

function wordsOf(words: readonly string[]): string {
  return words.length === 0
    ? "COMPREPLY=()"
    : `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur"))`;
}

/** Bash 3 has no compopt: there, file names are offered too. */
const NO_FILES = "compopt +o default 2>/dev/null";
