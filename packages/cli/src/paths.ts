import { resolve } from "node:path";

/** The part of the process's surroundings that says where the user stands. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A path as the engine shall get it: relative to where the user stands. `npm start` runs its script
 * in the folder of the package.json and tells in INIT_CWD where it was called; other npm scripts
 * mean paths beside their package.json, so they keep the working directory.
 *
 * A path that means the same either way stays as it was typed, for messages.
 */
export function pathFromUser(given: string, surroundings: Surroundings): string {
  const { cwd, env } = surroundings;
  const calledIn = env["npm_lifecycle_event"] === "start" ? env["INIT_CWD"] : undefined;
  if (calledIn === undefined || calledIn === "" || resolve(calledIn) === resolve(cwd)) return given;
  return resolve(calledIn, given);
}
