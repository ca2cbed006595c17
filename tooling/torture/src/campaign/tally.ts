/** What a campaign has done so far; printed at its end. */
export interface Tally {
  /** Cases tried: scenarios, crash points, injected faults. */
  cases: number;
  /** Runs of the product that took effect. */
  runs: number;
  /** How often each word was seen: kinds of tables, edits, outcomes. */
  readonly seen: Map<string, number>;
  readonly failures: Failure[];
}

/** A case that failed, already reduced. */
export interface Failure {
  /** What it has in common with others of the same cause. */
  readonly signature: string;
  readonly message: string;
  /** Where the reduced case was written; `null`: one of the same signature was before. */
  readonly file: string | null;
}

export function createTally(): Tally {
  return { cases: 0, runs: 0, seen: new Map(), failures: [] };
}

export function countSeen(tally: Tally, words: readonly string[]): void {
  for (const word of words) tally.seen.set(word, (tally.seen.get(word) ?? 0) + 1);
}

/** A failure's message less what differs from case to case: paths, names, numbers, values. */
export function signatureOf(invariant: string, message: string): string {
  const words = message
    .replaceAll(/\{.*$/gs, "")
    .replaceAll(/\/[^\s:,]+/g, "path")
    .replaceAll(/["'`].*?["'`]/g, "…")
    .replaceAll(/\d+/g, "n");
  return `${invariant}: ${words}`.slice(0, 120);
}

/** The summary of one campaign as text. */
export function tallyText(name: string, tally: Tally): string {
  const words = [...tally.seen].toSorted(([x], [y]) => (x < y ? -1 : 1));
  const width = Math.max(10, ...words.map(([word]) => word.length));
  const bySignature = new Map<string, Failure[]>();
  for (const failure of tally.failures) {
    bySignature.set(failure.signature, [...(bySignature.get(failure.signature) ?? []), failure]);
  }
  return [
    `${name}: ${tally.cases} cases, ${tally.runs} runs, ${tally.failures.length} failures`,
    ...words.map(([word, count]) => `  ${word.padEnd(width)} ${String(count).padStart(9)}`),
    ...[...bySignature].flatMap(([signature, failures]) => failureLines(signature, failures)),
  ].join("\n");
}

function failureLines(signature: string, failures: readonly Failure[]): string[] {
  const saved = failures.filter(({ file }) => file !== null);
  return [
    `  FAILED ${failures.length} times: ${signature}`,
    ...saved.map(({ file, message }) => `    ${file}: ${message}`),
  ];
}
