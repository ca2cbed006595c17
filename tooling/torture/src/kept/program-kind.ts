import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** A program of the product that can be kept, and how it talks. */
export interface ProgramKind {
  /** What two starts have in common that may share a process. */
  readonly name: string;
  /** What is started in its place. */
  readonly args: readonly string[];
  readonly talk: "lines" | "messages";
  /** It takes the end of its input for the end of its one request. */
  readonly isOneShot: boolean;
}

const ONE_SHOT = fileURLToPath(new URL("one-shot.js", import.meta.url)).replace("/src/", "/dist/");

/** @returns `null` for a program that is not known here: it is started as ever */
export function kindOf(args: readonly string[]): ProgramKind | null {
  const [program = ""] = args;
  if (program === "-e") {
    return { name: args.join(" "), args, talk: "lines", isOneShot: false };
  }
  switch (basename(program)) {
    case "sign-child.js":
      return { name: program, args, talk: "messages", isOneShot: false };
    case "child.js":
    case "digest-child.js":
      return { name: program, args: [ONE_SHOT, program], talk: "messages", isOneShot: true };
    default:
      return null;
  }
}
