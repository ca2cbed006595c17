import { spawnSync } from "node:child_process";
import { cpus, platform, release, totalmem } from "node:os";
import Database from "better-sqlite3";
import { hasSqldiff } from "./programs.ts";

/** What the times were taken on; they say nothing without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
  /** The SQLite in `sqldiff`; `null`: it is not installed, or does not say. */
  readonly sqldiff: string | null;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release().split(".").slice(0, 2).join(".")}`,
    node: process.versions.node,
    sqlite: sqliteVersion(),
    sqldiff: sqldiffVersion(),
  };
}

/** It comes with the shell, which tells. */
function sqldiffVersion(): string | null {
  if (!hasSqldiff()) return null;
  const { stdout, error } = spawnSync("sqlite3", ["--version"], { encoding: "utf8" });
  return error === undefined ? (stdout.split(" ")[0] ?? null) : "an unknown version";
}

function sqliteVersion(): string {
  const db = new Database(":memory:");
  try {
    return String(db.prepare("SELECT sqlite_version()").pluck().get());
  } finally {
    db.close();
  }
}
