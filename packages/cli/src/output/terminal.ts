import { once } from "node:events";
import pc from "picocolors";

/** Paints text, or returns it as it is where colours are not wanted. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Where the commands print: findings to stdout, messages to stderr. */
export interface Terminal {
  /** One or more whole lines to stdout; resolves when there is room for more. */
  print(text: string): Promise<void>;
  /** Text as it is to stdout, without a line end of its own; resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** One or more whole lines to stderr. */
  tell(text: string): void;
  /** Replaces the last line of stderr, which must be a terminal; an empty text takes it away. */
  showStatus(text: string): void;
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** Characters in a line of stdout; `Infinity` where nothing wraps, as in a file or a pipe. */
  readonly width: number;
  readonly errorWidth: number;
  readonly errorIsTerminal: boolean;
  /** A person is there to answer a question. */
  readonly isInteractive: boolean;
  /** From now on, a reader that goes away (`| head`) does not end the process: there is more to do than print. */
  outliveReader(): void;
}

/**
 * The process's own streams. A reader that goes away (`| head`) ends the process quietly, unless there is more to
 * do than print.
 */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin } = process;
  let isReaderNeeded = true;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (isReaderNeeded) process.exit(0);
  });
  stderr.on("error", ignoreClosed);
  const write = async (text: string): Promise<void> => {
    // Destroyed by the reader's going; there is nobody left to write for.
    if (stdout.destroyed || stdout.write(text)) return;
    await Promise.race([once(stdout, "drain"), once(stdout, "close")]).catch(ignoreClosed);
  };
  return {
    write,
    print: (text) => write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    showStatus: (text) => void stderr.write(`\r\u001B[2K${text}`),
    colors: pc.createColors(wantsColor(stdout)),
    errorColors: pc.createColors(wantsColor(stderr)),
    width: widthOf(stdout),
    errorWidth: widthOf(stderr),
    errorIsTerminal: stderr.isTTY,
    isInteractive: stdin.isTTY && stderr.isTTY,
    outliveReader: () => {
      isReaderNeeded = false;
    },
  };
}

/** https://no-color.org: any value but an empty one switches colours off. */
function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0";
  // A pipe has no `isTTY` at all, whatever its type says; with undefined, picocolors would decide by CI.
  return isTerminal(stream) && TERM !== "dumb";
}

function isTerminal({ isTTY = false }: { readonly isTTY?: boolean }): boolean {
  return isTTY;
}

function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
