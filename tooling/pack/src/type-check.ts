import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./tarballs.ts";

/** How somebody's compiler finds packages. */
export type Resolution = "nodenext" | "bundler";

const SHARED: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2023.d.ts"],
  types: ["node"],
  typeRoots: [join(ROOT, "node_modules", "@types")],
  strict: true,
  exactOptionalPropertyTypes: true,
};

const OPTIONS: Readonly<Record<Resolution, ts.CompilerOptions>> = {
  nodenext: { ...SHARED, module: ts.ModuleKind.NodeNext },
  bundler: {
    ...SHARED,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
  },
};

const HOSTS: Readonly<Record<Resolution, ts.CompilerHost>> = {
  nodenext: createHost("nodenext"),
  bundler: createHost("bundler"),
};

/** Reads the declarations of JavaScript and Node once for all projects: they take longer than all of ours. */
function createHost(resolution: Resolution): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS[resolution]);
  const shared = new Map<string, ts.SourceFile | undefined>();
  return {
    ...host,
    getSourceFile: (fileName, ...how) => {
      if (!fileName.startsWith(ROOT)) return host.getSourceFile(fileName, ...how);
      if (!shared.has(fileName)) shared.set(fileName, host.getSourceFile(fileName, ...how));
      return shared.get(fileName);
    },
  };
}

/**
 * Compiles a program of a project, with `nodenext` also to JavaScript beside it.
 *
 * @returns what the compiler complains about, in the program and in the declarations of our packages
 */
export function typeCheck(path: string, resolution: Resolution): string[] {
  const program = ts.createProgram([path], OPTIONS[resolution], HOSTS[resolution]);
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === path || /\/node_modules\/@sync\//.test(fileName));
  program.emit();
  const found = ours.map((file) => [
    program.getSyntacticDiagnostics(file),
    program.getSemanticDiagnostics(file),
  ]);
  return [program.getGlobalDiagnostics(), program.getOptionsDiagnostics(), ...found.flat()]
    .flat()
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
}
