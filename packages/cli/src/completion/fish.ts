import { pathsOf, placesOfValues } from "./command-tree.ts";
import type { Flag, Place } from "./command-tree.ts";

/** A script that completes the command in fish, with a description beside each word. */
export function fishCompletion(places: readonly Place[]): string {
  return `# fish completion for dbsync, written by: dbsync completion fish
function __dbsync_at
    set -l at ""
    set -l skips 0
    for word in (commandline -opc)[2..-1]
        if test $skips = 1
            set skips 0
            continue
        end
        switch "$at $word"
            case ${patterns(placesOfValues(places))}
                set skips 1
            case ${patterns(pathsOf(places))}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
${places.flatMap((place) => placeLines(place)).join("\n")}`;
}

function patterns(texts: readonly string[]): string {
  return texts.map((text) => quoted(text)).join(" ");
}

function placeLines({ path, words, options, takesOperands }: Place): string[] {
  const here = `complete -c dbsync -n "__dbsync_at '${path}'"`;
  return [
    ...words.map((one) => `${here} -f -a ${one.name} -d ${quoted(one.description)}`),
    ...options.map((flag) => `${here} ${flagText(flag)}`),
    ...(takesOperands ? [] : [`${here} -f`]),
  ];
}

/** \`-x\`: a value and no file; \`-r\`: a value, a file perhaps. */
function flagText({ name, description, value }: Flag): string {
  const flag = name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
  const about = `-d ${quoted(description)}`;
  switch (value.type) {
    case "none":
      return `${flag} ${about}`;
    case "file":
      return `${flag} -r ${about}`;
    case "text":
      return `${flag} -x ${about}`;
    case "words":
      return `${flag} -x -a '${value.words.join(" ")}' ${about}`;
  }
}

/** In fish, a backslash counts between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;
}
