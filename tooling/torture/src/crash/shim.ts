import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../native/shim.c", import.meta.url));

export type Shim =
  | { readonly type: "ready"; readonly path: string }
  /** In a sentence, why nothing can be killed or starved here. */
  | { readonly type: "missing"; readonly why: string };

/** Compiles the shim once and keeps it in the temporary folder. */
export function buildShim(): Shim {
  if (process.platform !== "linux") return { type: "missing", why: "The shim is for Linux." };
  const folder = join(tmpdir(), `torture-shim-${process.getuid?.() ?? 0}`);
  const path = join(folder, "shim.so");
  if (existsSync(path) && statSync(path).mtimeMs > statSync(SOURCE).mtimeMs) {
    return { type: "ready", path };
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const flags = ["-O1", "-shared", "-fPIC", "-o", draft, SOURCE, "-ldl", "-lpthread"];
  const compiler = spawnSync("cc", flags, { encoding: "utf8" });
  if (compiler.error !== undefined) return { type: "missing", why: "There is no C compiler `cc`." };
  if (compiler.status !== 0) return { type: "missing", why: `cc: ${compiler.stderr}` };
  renameSync(draft, path);
  return { type: "ready", path };
}
