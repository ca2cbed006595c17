import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { orderOf } from "../crash/crash-scenario.ts";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { judgeCrash } from "../crash/judge-crash.ts";
import type { Victim } from "../crash/stage.ts";
import { judgeMeddled } from "./judge-meddled.ts";
import { isNeutral } from "./meddle.ts";
import type { Interference, Meddle } from "./meddle.ts";
import { answerFile } from "./meddler-order.ts";
import type { MeddlerAnswer, MeddlerOrder, OtherPair } from "./meddler-order.ts";

const MEDDLER = fileURLToPath(new URL("meddler.js", import.meta.url)).replace("/src/", "/dist/");

/** A run does not wait longer than this for who holds a lock until it is over. */
const BUSY_TIMEOUT_MS = 100;

/** How a run may end because somebody else was there. */
const FIT_CODES: ReadonlySet<string> = new Set(["SYNC_LOCKED", "SYNC_PAIR_BUSY"]);

/** What is wrong after a run in which somebody meddled, in words, and what was seen. */
export interface Interfered {
  readonly problems: readonly string[];
  readonly seen: readonly string[];
}

/** Lets the last run of a scenario meet somebody else at one point, and looks what becomes of the pair. */
export async function interfere(
  prepared: Interruptible,
  { point, meddle, delayUs = 0 }: Interference,
): Promise<Interfered> {
  const { stage } = prepared;
  stage.reset();
  const meddler = orderMeddler(prepared, meddle);
  const order = { ...orderOf(prepared), busyTimeoutMs: BUSY_TIMEOUT_MS };
  const { command } = meddler;
  const series = meddle.type === "writers" ? { times: meddle.edits.length, gap: meddle.gap } : {};
  const victim = stage.run(order, { delayUs, meddle: { at: point, command, ...series } });
  const answers = meddler.answers();
  const [answer = null] = answers;
  for (const { holder } of answers) end(holder);
  const { ending } = victim;
  const word = ending?.type === "stopped" ? ending.code : (ending?.type ?? "died");
  const met = answers.map(({ code, type }) => `${meddle.type}: ${code ?? type}`);
  const seen = [...(met.length === 0 ? [`${meddle.type}: not reached`] : met), `run: ${word}`];
  const problems = answers.flatMap((one) => complaints(victim, meddle, one));
  if (answer === null) return { problems: complaints(victim, meddle, null), seen };
  if (problems.length > 0) return { problems, seen };
  return {
    problems:
      isNeutral(meddle) || answers.every(({ type }) => type === "refused")
        ? await judgeCrash(prepared)
        : await judgeMeddled({ prepared, meddle, answers, other: otherPair(prepared) }),
    seen,
  };
}

/** A storm may be over by now. */
function end(holder: number | null): void {
  try {
    if (holder !== null) process.kill(holder, "SIGKILL");
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!isGone) throw error;
  }
}

function complaints(
  { ending, left, stderr }: Victim,
  meddle: Meddle,
  answer: MeddlerAnswer | null,
): string[] {
  if (ending === null) return [`the process died without an answer: ${stderr}`];
  const isFit =
    ending.type === "done" ||
    FIT_CODES.has(ending.code) ||
    (meddle.type === "alter" && ending.code === "SYNC_SCHEMA_MISMATCH");
  return [
    ...(isFit ? [] : [`the run said ${ending.code}: ${ending.message}`]),
    ...(left.length > 0 ? [`the run left open: ${left.join(", ")}`] : []),
    ...(answer?.type === "failed" ? [`${meddle.type} failed: ${answer.code}`] : []),
    ...(answer?.type === "refused" && isRunUnfit(answer.code)
      ? [`the other run said ${answer.code}`]
      : []),
  ];
}

function isRunUnfit(code: string | null): boolean {
  return code?.startsWith("SYNC_") === true && !FIT_CODES.has(code);
}

/** Beside the pair, where nobody looks for what is left there. */
function otherPair({ world }: Interruptible): OtherPair {
  const folder = dirname(world.stateDir);
  return { file: join(folder, "c.db"), stateDir: join(folder, "other-state") };
}

interface Meddler {
  readonly command: string;
  /** One for each time that it met the run. */
  answers(): MeddlerAnswer[];
}

function orderMeddler(prepared: Interruptible, meddle: Meddle): Meddler {
  const { world, step, stage } = prepared;
  const [note, answer] = [stage.note("order.json"), stage.note("answer.json")];
  const times = meddle.type === "writers" ? meddle.edits.length : 1;
  const files = Array.from({ length: times }, (_, time) => answerFile({ answer }, time));
  for (const file of files) rmSync(file, { force: true });
  const order: MeddlerOrder = {
    files: world.files,
    stateDir: world.stateDir,
    other: otherPair(prepared),
    step,
    meddle,
    answer,
  };
  writeFileSync(note, JSON.stringify(order));
  return {
    command: `${[process.execPath, MEDDLER, note].map((word) => `'${word}'`).join(" ")} "$0"`,
    // What meddler.ts wrote.
    answers: () =>
      files
        .filter((file) => existsSync(file))
        .map((file) => JSON.parse(readFileSync(file, "utf8")) as MeddlerAnswer),
  };
}
