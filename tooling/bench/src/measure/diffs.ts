import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { changesOf, rowsOf, suffixOf } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { cmp, dbsync, hasSqldiff, sqldiff } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Command } from "../process/run-command.ts";
import { runInTurn } from "./in-turn.ts";
import type { Contender } from "./in-turn.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Compares the pair, beside `sqldiff`.
 *
 * @throws when `dbsync diff` does not find the differences that were made
 */
export async function measureDiff(pair: BenchPair, rounds: number): Promise<Result[]> {
  return inWorkplace(async ({ stateDir }) => {
    await assertFindsAll(pair, stateDir);
    return runInTurn(contendersFor(pair, stateDir), rounds);
  });
}

/**
 * Compares the pair, and its first file with copies that are harder or easier than the second one: an equal one, beside
 * `cmp`, which is the floor; one with the second's rows, packed by VACUUM; one with a tenth of its rows edited.
 */
export async function measureDiffs(pair: BenchPair, rounds: number): Promise<Result[]> {
  return inWorkplace(async (place) => {
    await assertFindsAll(pair, place.stateDir);
    const contenders = [...contendersFor(pair, place.stateDir), ...copiesFor(pair, place)];
    return runInTurn(contenders.filter(isPresent), rounds);
  });
}

function contendersFor({ a, b, size }: BenchPair, stateDir: string): Contender[] {
  const suffix = suffixOf(size);
  const rows = rowsOf(size);
  return [
    {
      id: `diff${suffix}`,
      what: "dbsync diff",
      command: dbsync(["diff", a, b], stateDir),
      rows,
    },
    { id: `sqldiff${suffix}`, what: "sqldiff --primarykey", command: sqldiff(a, b), rows },
  ].filter(isPresent);
}

const EDIT_A_TENTH = `
  UPDATE notes SET amount = amount + 1 WHERE id % 10 = 3;
  UPDATE lines SET quantity = quantity + 1 WHERE (order_id * 5 + line) % 10 = 3;
  UPDATE contacts SET remark = remark || '.' WHERE rowid % 10 = 3`;

function copiesFor({ a, b, size }: BenchPair, place: Workplace): Contender[] {
  const copies = {
    equal: place.clone(a, "equal.db"),
    packed: edited(place.clone(b, "packed.db"), "VACUUM"),
    tenth: edited(place.clone(a, "tenth.db"), EDIT_A_TENTH),
  };
  const rows = rowsOf(size);
  const pairOf = (name: "equal" | "packed" | "tenth", theirs: Command): Contender[] => [
    {
      id: `diff-${name}`,
      what: `dbsync diff, ${name}`,
      command: dbsync(["diff", a, copies[name]], place.stateDir),
      rows,
    },
    { id: `${theirs.program}-${name}`, what: `${theirs.program}, ${name}`, command: theirs, rows },
  ];
  return [
    ...pairOf("equal", cmp(a, copies.equal)),
    ...pairOf("packed", sqldiff(a, copies.packed)),
    ...pairOf("tenth", sqldiff(a, copies.tenth)),
  ];
}

function edited(path: string, sql: string): string {
  const db = new Database(path);
  try {
    db.pragma("synchronous = OFF");
    db.exec(sql);
  } finally {
    db.close();
  }
  return path;
}

function isPresent({ command: { program } }: Contender): boolean {
  if (program === "sqldiff") return hasSqldiff();
  return program !== "cmp" || spawnSync(program, ["--version"]).error === undefined;
}

async function assertFindsAll({ a, b, size }: BenchPair, stateDir: string): Promise<void> {
  const { stdout } = await runCommand(dbsync(["diff", "--json", a, b], stateDir));
  // The document that DESIGN §11 promises.
  const report = JSON.parse(stdout) as {
    tables: { onlyInA: number; onlyInB: number; changed: number }[];
  };
  const found = report.tables.reduce(
    (sum, table) => sum + table.onlyInA + table.onlyInB + table.changed,
    0,
  );
  if (found !== changesOf(size)) {
    throw new Error(`dbsync diff found ${found} differences, not ${changesOf(size)}`);
  }
}
