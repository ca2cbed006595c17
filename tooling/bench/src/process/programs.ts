import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Command } from "./run-command.ts";

/** The `dbsync` of this repository, started as a user's shell would: a new Node process. */
export function dbsync(args: readonly string[], stateDir: string): Command {
  return {
    program: process.execPath,
    args: [dbsyncPath(), ...args],
    env: { SYNC_STATE_DIR: stateDir, NO_COLOR: "1" },
    // 1: there are findings, as there should be.
    expectedCodes: [0, 1],
  };
}

/** Node alone: the part of every start that is not ours. */
export function bareNode(): Command {
  return { program: process.execPath, args: ["-e", "0"] };
}

/** SQLite's own comparison, by the same keys. */
export function sqldiff(a: string, b: string): Command {
  return { program: "sqldiff", args: ["--primarykey", a, b] };
}

/** Compares two files byte by byte: nobody who looks at both can be faster. */
export function cmp(a: string, b: string): Command {
  return { program: "cmp", args: [a, b] };
}

/** Copies every table into a new database, as somebody would who has nothing but SQLite; on the disk in the end. */
export function copyBySqlite(from: string, to: string): Command {
  const work = `db.exec("ATTACH '" + process.argv[2].replaceAll("'", "''") + "' AS copy; PRAGMA copy.journal_mode = WAL; BEGIN");
    const tables = db.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'").all();
    for (const { name, sql } of tables) {
      db.exec(sql.replace("CREATE TABLE ", "CREATE TABLE copy."));
      db.exec(\`INSERT INTO copy."\${name}" SELECT * FROM main."\${name}"\`);
    }
    db.exec("COMMIT");`;
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const program = `const Database = require(process.argv[1]);
    const db = new Database(process.argv[3]); ${work} db.close();`;
  return { program: process.execPath, args: ["-e", program, driver, to, from] };
}

/** SQLite's own check of both files, one after the other. */
export function sqliteCheck(a: string, b: string): Command {
  return sqliteProgram('db.pragma("integrity_check");', a, b);
}

/** What everybody pays who looks at the values of both: each row becomes an array. */
export function readAllRows(a: string, b: string): Command {
  return sqliteProgram(
    `for (const name of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all())
       for (const row of db.prepare(\`SELECT * FROM "\${name}"\`).safeIntegers().raw().iterate()) void row;`,
    a,
    b,
  );
}

/** A Node process that does something with each of two databases, as `db`. */
function sqliteProgram(work: string, a: string, b: string): Command {
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const program = `const Database = require(process.argv[1]);
    for (const path of process.argv.slice(2)) { const db = new Database(path, { readonly: true }); ${work} }`;
  return { program: process.execPath, args: ["-e", program, driver, a, b] };
}

/** It comes with Debian's sqlite3-tools and with SQLite's own downloads. */
export function hasSqldiff(): boolean {
  return spawnSync("sqldiff", ["--help"]).error === undefined;
}

function dbsyncPath(): string {
  const manifestPath = createRequire(import.meta.url).resolve("@sync/cli/package.json");
  // Our own manifest: its bin is a map of names to files.
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as {
    bin: Readonly<Record<string, string>>;
  };
  return join(dirname(manifestPath), manifest.bin["dbsync"] ?? "");
}
