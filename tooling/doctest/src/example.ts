import ts from "typescript";

/** As strict as the project itself: an example should compile wherever it is pasted. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

/**
 * Compiles examples, each beside its source as `.js`.
 *
 * @returns what the compiler complains about, by file
 */
export function compileExamples(paths: readonly string[]): Map<string, string[]> {
  const program = ts.createProgram([...paths], OPTIONS);
  program.emit();
  const complaints = new Map<string, string[]>(paths.map((path) => [path, []]));
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    complaints.get(file?.fileName ?? "")?.push(`line ${line} of the block: ${text}`);
  }
  return complaints;
}

/**
 * What an example promises to print: the comments below a `console.log(…);`.
 *
 *     console.log(keyToText(key));
 *     // id=7
 */
export function promisedOutput(example: string): string[] {
  const promised: string[] = [];
  let isBelowLog = false;
  for (const line of example.split("\n")) {
    const comment = /^\s*\/\/ (.*)$/.exec(line)?.[1];
    if (isBelowLog && comment !== undefined) promised.push(comment);
    else isBelowLog = /^\s*console\.log\(.*\);$/.test(line);
  }
  return promised;
}

/** Promises that are not in what was printed, in their order. Line breaks of long objects do not count. */
export function brokenPromises(promised: readonly string[], printed: string): string[] {
  const text = flat(printed);
  let from = 0;
  return promised.filter((line) => {
    const at = text.indexOf(flat(line), from);
    if (at !== -1) from = at + flat(line).length;
    return at === -1;
  });
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
