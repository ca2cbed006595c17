import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { treeMemoryBytes } from "./memory.ts";

/** A program to time as a whole, from start to end. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that mean it did its work. Default: 0. */
  readonly expectedCodes?: readonly number[];
}

/** What one run of it took. */
export interface Timing {
  readonly ms: number;
  /** The largest memory seen of all its processes together; `null` where nobody looked, or it ended before. */
  readonly peakBytes: number | null;
  readonly stdout: string;
}

// Often enough to see a peak of a tenth of a second.
const SAMPLE_EVERY_MS = 25;

// Ten times what the slowest work on the largest pair may take: something hangs.
const LIMIT_MS = 20 * 60_000;

/**
 * Times a program, or looks at its memory: looking takes a share of a core, which would tell in its time.
 *
 * @throws when it cannot be started, ends with another code than expected, or not within twenty minutes
 */
export async function runCommand(
  command: Command,
  { looksAtMemory = false }: { readonly looksAtMemory?: boolean } = {},
): Promise<Timing> {
  const { program, args, env = {}, expectedCodes = [0] } = command;
  const started = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  let peakBytes: number | null = null;
  const look = (): void => {
    const bytes = child.pid === undefined ? null : treeMemoryBytes(child.pid);
    if (bytes !== null) peakBytes = Math.max(peakBytes ?? 0, bytes);
  };
  const sampling = looksAtMemory ? setInterval(look, SAMPLE_EVERY_MS) : undefined;
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const ms = performance.now() - started;
    if (code === null || !expectedCodes.includes(code)) {
      throw new Error(
        `${program} ${args.join(" ")} ended with ${code ?? "a signal"}: ${stderr().trim()}`,
      );
    }
    return { ms, peakBytes, stdout: stdout() };
  } finally {
    clearInterval(sampling);
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
