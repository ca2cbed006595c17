import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSynchronizationEngine } from "@sync/core";
import { isSyncError, keyToText, valueToText } from "@sync/model";
import type { Row } from "@sync/model";

// Longer ones are cut, and a digest of them follows: a change at their end shows, too.
const MAX_VALUE_LENGTH = 200;

/** Prints a database as lines that git can compare: its definitions, then each row. */
export async function printRows(given: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "git-textconv-sqlite-"));
  const engine = new DatabaseSynchronizationEngine();
  try {
    const file = copyIfAlone(given, folder);
    for await (const line of linesOf(engine, file, folder)) await print(line);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    // A version that is no database is still one that git wants to show.
    const bytes = readFileSync(given);
    await print(`${error.code}: ${bytes.length} bytes, sha256 ${digest(bytes)}`);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

/** git's own copies stand alone, and reading one must not leave files beside it. A file in use has a journal. */
function copyIfAlone(given: string, folder: string): string {
  if (existsSync(`${given}-wal`) || existsSync(`${given}-journal`)) return given;
  const copy = join(folder, "database.db");
  copyFileSync(given, copy);
  return copy;
}

async function* linesOf(
  engine: DatabaseSynchronizationEngine,
  file: string,
  folder: string,
): AsyncGenerator<string> {
  const nothing = join(folder, "nothing.db");
  writeFileSync(nothing, "");
  const { steps } = await engine.schema({ a: nothing, b: file });
  for (const { sql } of steps.a) for (const statement of sql) yield `${statement};`;
  for await (const { table, key, row } of engine.rows(file)) {
    yield `${table} ${keyToText(key)}: ${rowToText(row)}`;
  }
}

function rowToText(row: Row): string {
  return Object.entries(row)
    .map(([name, value]) => {
      const text = valueToText(value, MAX_VALUE_LENGTH);
      const length = typeof value === "string" || value instanceof Uint8Array ? value.length : 0;
      const isCut = length > MAX_VALUE_LENGTH / 2 - 1;
      return `${name}=${text}${isCut ? ` #${digest(value as string | Uint8Array).slice(0, 12)}` : ""}`;
    })
    .join(", ");
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function print(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}
