import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The folder of all pairs: `$SYNC_STATE_DIR`, else `$XDG_STATE_HOME/sync`, else `~/.local/state/sync`. */
export function defaultStateRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env["SYNC_STATE_DIR"]) return resolve(env["SYNC_STATE_DIR"]);
  if (env["XDG_STATE_HOME"]) return resolve(env["XDG_STATE_HOME"], "sync");
  return join(homedir(), ".local", "state", "sync");
}
