import pc from "picocolors";
import type { Terminal } from "../src/output/terminal.ts";

/** What was printed, in order; a status line is prefixed with "status:". */
export interface PlainTerminal extends Terminal {
  readonly lines: string[];
}

/** A terminal without colours that remembers. */
export function plainTerminal(settings: Partial<Terminal> = {}): PlainTerminal {
  const lines: string[] = [];
  const colors = pc.createColors(false);
  return {
    lines,
    print: async (text) => {
      await Promise.resolve(lines.push(text));
    },
    write: async (text) => {
      await Promise.resolve(lines.push(text));
    },
    tell: (text) => void lines.push(text),
    showStatus: (text) => void lines.push(`status:${text}`),
    colors,
    errorColors: colors,
    width: 80,
    errorWidth: 80,
    errorIsTerminal: false,
    isInteractive: false,
    outliveReader: () => undefined,
    ...settings,
  };
}
