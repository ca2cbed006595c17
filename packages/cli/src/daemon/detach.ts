import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { SyncError } from "@sync/model";
import type { SyncErrorCode } from "@sync/model";

/** The hidden option that tells a process that it is the one in the background. */
export const IN_BACKGROUND = "--in-background";

/** What the process in the background tells the one that started it, once. */
export type Birth =
  | { readonly type: "watching" }
  | {
      readonly type: "failed";
      readonly code: SyncErrorCode;
      readonly message: string;
      readonly next: string;
    };

/**
 * Starts the same command line in the background, and waits until it watches.
 *
 * @returns the process's id
 * @throws SyncError with what kept it from watching
 */
export async function startInBackground(
  args: readonly string[],
  stateDir: string,
): Promise<number> {
  refuseWindows();
  const folder = join(stateDir, "watchers");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const messages = join(folder, "background.log");
  const stderr = openSync(messages, "a", 0o600);
  const [node, program = ""] = process.argv;
  const child = spawn(node ?? process.execPath, [program, ...args, IN_BACKGROUND], {
    detached: true,
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
  closeSync(stderr);
  const birth = await birthOf(child, messages);
  if (birth.type === "failed") throw new SyncError(birth.code, birth.message, { next: birth.next });
  child.disconnect();
  child.unref();
  return child.pid ?? 0;
}

/** Tells the process that waits in the foreground; to be called once. */
export async function announceBirth(birth: Birth): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  await new Promise<void>((resolve) => {
    process.send?.(birth, undefined, undefined, () => resolve());
  });
  if (process.connected) process.disconnect();
}

async function birthOf(child: ChildProcess, messages: string): Promise<Birth> {
  return new Promise((resolve) => {
    // Only `announceBirth` sends.
    child.once("message", (message) => resolve(message as Birth));
    child.once("error", ({ message }) => resolve(stillborn(message, messages)));
    child.once("exit", (code, signal) =>
      resolve(stillborn(`it ended with ${code ?? signal ?? "nothing"}`, messages)),
    );
  });
}

function stillborn(reason: string, messages: string): Birth {
  return {
    type: "failed",
    code: "SYNC_INTERNAL",
    message: `The watcher did not start: ${reason}.`,
    next: `What it said last is in ${messages}.`,
  };
}

function refuseWindows(): void {
  if (process.platform !== "win32") return;
  throw new SyncError("SYNC_USAGE", "--detach does not work on Windows.", {
    next: "Run `dbsync watch` in a window of its own, or by the Task Scheduler.",
  });
}
