import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";

/** Narrow enough for any window; the command's own output adapts itself. */
const RULE_CHARACTERS = 60;

/** Tells the story on the terminal, and runs `dbsync` as a person would type it. */
export interface Stage {
  /** A line above each part of the story. */
  header(title: string): void;
  say(...lines: readonly string[]): void;
  /** @returns whether the command ended with the expected exit code; the story goes on either way */
  dbsync(args: readonly string[], expectedExitCode: number): boolean;
}

/** @param folder - where the commands run, and where the pair's state is kept */
export function createStage(folder: string): Stage {
  const program = dbsyncProgram();
  let step = 0;
  const say = (...lines: readonly string[]): void => {
    process.stdout.write(`${lines.join("\n")}\n`);
  };
  return {
    header: (title) => {
      step += 1;
      const words = `── ${step}  ${title} `;
      say(
        "",
        pc.bold(pc.cyan(words + "─".repeat(Math.max(0, RULE_CHARACTERS - words.length)))),
        "",
      );
    },
    say,
    dbsync: (args, expectedExitCode) => {
      say("", pc.bold(`$ dbsync ${args.join(" ")}`), "");
      const { status } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        stdio: "inherit",
        env: environment(folder),
      });
      if (status === expectedExitCode) return true;
      say(pc.red(`It ended with ${String(status)}, not with ${expectedExitCode}.`));
      return false;
    },
  };
}

/** The program that `@sync/cli` installs as `dbsync`. */
function dbsyncProgram(): string {
  const manifestPath = fileURLToPath(import.meta.resolve("@sync/cli/package.json"));
  // The manifest of a package of ours, whose shape we know.
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as { bin: { dbsync: string } };
  return join(dirname(manifestPath), manifest.bin.dbsync);
}

/** Nothing outside the folder is touched; and paths are relative to it, although `npm start` runs us. */
function environment(folder: string): NodeJS.ProcessEnv {
  const { INIT_CWD: _, ...rest } = process.env;
  return { ...rest, SYNC_STATE_DIR: join(folder, "state") };
}
