import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { inRepository, repositoryRoot } from "./repository.mjs";

const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a command at the repository root without showing what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} [extraEnvironment]
 * @returns {Promise<{ exitCode: number, output: string }>} output: stdout and stderr as they came
 */
export function runQuietly(command, args, extraEnvironment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: { ...environmentWithTools(), ...extraEnvironment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode: exitCode ?? 1, output }));
  });
}

/**
 * Runs a Node program with this process's terminal and hands its end on: the exit code is returned,
 * a signal that ended it is also raised here.
 *
 * @param {readonly string[]} args the program and its arguments
 * @param {string} cwd
 * @returns {Promise<number>}
 */
export function runInForeground(args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: environmentWithTools(),
      stdio: "inherit",
    });
    // The terminal sends Ctrl-C to both processes: the child alone decides what it means.
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (exitCode, signal) => {
      for (const name of FORWARDED_SIGNALS) process.off(name, forward);
      if (signal !== null) process.kill(process.pid, signal);
      resolve(exitCode ?? 1);
    });
  });
}

function environmentWithTools() {
  const tools = inRepository("node_modules", ".bin");
  return {
    ...process.env,
    PATH: `${tools}${delimiter}${process.env.PATH ?? ""}`,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}
