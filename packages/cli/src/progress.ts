import type { Progress } from "@sync/model";
import type { Terminal } from "./output/terminal.ts";
import { printableName } from "./output/text.ts";

/** `auto`: a bar where a person watches; `ndjson`: one object a line on stderr. */
export type ProgressMode = "auto" | "ndjson" | "none";

export interface ProgressReporter {
  readonly onProgress: (progress: Progress) => void;
  /** Takes the bar away; must be called before anything else is printed. Idempotent. */
  stop(): void;
}

/** What ends sooner needs no bar: it would only flicker. */
const QUIET_MS = 1000;
/** Often enough to look alive, seldom enough to cost nothing. */
const REDRAW_MS = 100;
const BAR_CHARACTERS = 20;

const PHASES: Readonly<Record<Progress["phase"], string>> = {
  read: "Reading",
  reconcile: "Comparing",
  write: "Writing",
  verify: "Checking",
  remember: "Remembering",
};

export function createProgressReporter(mode: ProgressMode, terminal: Terminal): ProgressReporter {
  if (mode === "ndjson") {
    return { onProgress: (progress) => terminal.tell(JSON.stringify(progress)), stop: doNothing };
  }
  if (mode === "auto" && terminal.errorIsTerminal) return createBar(terminal);
  return { onProgress: doNothing, stop: doNothing };
}

/**
 * One line that is drawn over and over. The bar of @clack/prompts will not do: it puts the terminal
 * into raw mode, and there Ctrl-C ends the process with code 0, in the middle of a run.
 */
function createBar(terminal: Terminal): ProgressReporter {
  let latest: Progress | null = null;
  let timer: NodeJS.Timeout | null = setTimeout(draw, QUIET_MS);
  let isShown = false;
  function draw(): void {
    terminal.showStatus(latest === null ? "Working…" : barText(latest, terminal.errorWidth));
    isShown = true;
    timer = setTimeout(draw, REDRAW_MS);
    timer.unref();
  }
  timer.unref();
  return {
    onProgress: (progress) => {
      latest = progress;
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (isShown) terminal.showStatus("");
      isShown = false;
    },
  };
}

/** `Reading customers ████████░░░░░░░░░░░░ 40 %`; without a total, no bar. */
export function barText({ phase, table, done, total }: Progress, width: number): string {
  const words = `${PHASES[phase]} ${printableName(table)}`.trim();
  if (total <= 0) return `${words}…`.slice(0, width - 1);
  const share = Math.min(done / total, 1);
  const full = Math.round(share * BAR_CHARACTERS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CHARACTERS - full);
  const percent = `${Math.floor(share * 100)} %`;
  const room = width - 1 - BAR_CHARACTERS - percent.length - 2;
  return room < 0 ? percent : `${words.slice(0, room)} ${bar} ${percent}`;
}

function doNothing(): void {
  // Nobody watches.
}
