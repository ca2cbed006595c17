import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Question } from "./question.ts";

const READER = fileURLToPath(new URL("reader.js", import.meta.url)).replace("/src/", "/dist/");

/** Nothing that is asked takes a tenth of it on a busy machine. */
const PATIENCE_MS = 120_000;
/** What a question leaves behind in a process's memory must not be there for ever. */
const QUESTIONS = 400;
/** A file that asks for more memory than this is believed too much. */
const HEAP_MB = 500;

/** Asks the product about files that may kill it. */
export interface Examiner {
  /** One question at a time. */
  ask(question: Question): Promise<Answer>;
  close(): void;
}

/** @param isKept - the product's own processes stay from one question to the next, too */
export function createExaminer(isKept = false): Examiner {
  let child: ChildProcess | null = null;
  let questions = 0;
  return {
    ask: async (question) => {
      child ??= fork(READER, isKept ? ["kept"] : [], {
        execArgv: [`--max-old-space-size=${HEAP_MB}`],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      const answer = await askChild(child, question);
      questions += 1;
      if (answer.type === "died" || answer.type === "hung" || questions >= QUESTIONS) {
        child.kill("SIGKILL");
        child = null;
        questions = 0;
      }
      return answer;
    },
    close: () => {
      child?.kill("SIGKILL");
      child = null;
    },
  };
}

async function askChild(child: ChildProcess, question: Question): Promise<Answer> {
  let stderr = "";
  const hear = (text: Buffer): void => void (stderr += text.toString());
  child.stderr?.on("data", hear);
  return new Promise<Answer>((resolve) => {
    const finish = (answer: Answer): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      child.stderr?.off("data", hear);
      resolve(answer);
    };
    // Answers are what reader.ts sends.
    const onMessage = (message: unknown): void => finish(message as Answer);
    const onExit = (code: number | null, signal: string | null): void =>
      finish({ type: "died", message: `${signal ?? `exit code ${code}`}: ${stderr.slice(-500)}` });
    const timer = setTimeout(() => finish({ type: "hung" }), PATIENCE_MS);
    child.on("message", onMessage).on("exit", onExit);
    child.send(question);
  });
}
