/** One command of a `console` block, and what the page says it prints. */
export interface Step {
  readonly command: string;
  readonly output: readonly string[];
}

/**
 * Reads a terminal session: a line with `$ ` begins a command, `\` at its end carries it on, and
 * what follows is its output.
 */
export function parseSession(text: string): Step[] {
  const steps: { command: string; output: string[] }[] = [];
  let isCarriedOn = false;
  for (const line of text.split("\n")) {
    const last = steps.at(-1);
    if (isCarriedOn && last !== undefined) last.command += `\n${line}`;
    else if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else last?.output.push(line);
    isCarriedOn = line.endsWith("\\") && (isCarriedOn || line.startsWith("$ "));
  }
  return steps;
}

/** Commands that a page may run here; all others (`npm …`) are for the reader only. */
export function isRunnable({ command }: Step): boolean {
  return /^(?:[A-Z_]+=\S+ )*(?:dbsync|sqlite3|cp|mv|rm|mkdir|cat|echo) /.test(command);
}

/** What a command gave. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * What a command did otherwise than the page says, in words. Documented lines must be there in their
 * order; others may stand between them, so that a page can shorten. What differs from run to run
 * (durations, ids, folders) is the same to this comparison. A command may end with 0 or with 1
 * (findings); another exit code must show in the output as the error it is.
 */
export function deviations(step: Step, { exitCode, output }: Ended, folder: string): string[] {
  const actual = output.split("\n").map((line) => normalized(line, folder));
  const missing: string[] = [];
  let from = 0;
  for (const line of step.output.map((one) => normalized(one, folder)).filter(isSaid)) {
    const at = actual.indexOf(line, from);
    if (at === -1) missing.push(`not printed, or not in this order: ${line}`);
    else from = at + 1;
  }
  const isErrorShown = step.output.some((line) => /^dbsync: SYNC_|^Error: /.test(line));
  if (exitCode > 1 && !isErrorShown) return [...missing, `it ended with ${exitCode}`];
  return missing;
}

function isSaid(line: string): boolean {
  return line !== "" && line !== "…" && line !== "...";
}

function normalized(line: string, folder: string): string {
  return line
    .replaceAll(`${folder}/`, "")
    .replaceAll(/\(\d+(?:\.\d+)? s\)/g, "(… s)")
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…")
    .replaceAll(/pid \d+/g, "pid …")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?!:)/g, "…")
    .replaceAll(/\s+/g, " ")
    .trim();
}
