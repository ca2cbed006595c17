import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { rowsOf } from "../data/sizes.ts";
import type { BenchPair } from "../data/pair.ts";
import { cmp, dbsync, hasSqldiff, sqldiff } from "../process/programs.ts";
import { runCommand } from "../process/run-command.ts";
import type { Command, Timing } from "../process/run-command.ts";
import { resultOf } from "./result.ts";
import type { Result } from "./result.ts";
import { inWorkplace } from "./workplace.ts";

interface Contender {
  readonly id: string;
  readonly what: string;
  readonly command: Command;
}

/**
 * Compares the pair's first file with copies that are harder or easier than the second one: an equal one, beside
 * `cmp`, which is the floor; one with the second's rows, packed by VACUUM; one with a tenth of its rows edited.
 */
export async function measureDiffOfCopies(pair: BenchPair, runs: number): Promise<Result[]> {
  return inWorkplace(async (place) => {
    const { stateDir } = place;
    const { a, b } = pair;
    const copies = {
      equal: place.clone(a, "equal.db"),
      packed: edited(place.clone(b, "packed.db"), "VACUUM"),
      tenth: edited(place.clone(a, "tenth.db"), EDIT_A_TENTH),
    };
    const contenders: Contender[] = [
      { id: "cmp-equal", what: "cmp, equal copies", command: cmp(a, copies.equal) },
      ...Object.entries(copies).flatMap(([name, copy]) => [
        {
          id: `diff-${name}`,
          what: `dbsync diff, ${name}`,
          command: dbsync(["diff", a, copy], stateDir),
        },
        { id: `sqldiff-${name}`, what: `sqldiff, ${name}`, command: sqldiff(a, copy) },
      ]),
    ];
    const present = contenders.filter(({ command }) => isPresent(command));
    const timings = new Map<Contender, Timing[]>(present.map((one) => [one, []]));
    for (let round = 0; round <= runs; round += 1) {
      for (const [contender, list] of timings) {
        const timing = await runCommand(contender.command);
        if (round > 0) list.push(timing);
      }
    }
    const rows = rowsOf(pair.size);
    return [...timings].map(([{ id, what }, list]) => resultOf(id, what, list, rows));
  });
}

const EDIT_A_TENTH = `
  UPDATE notes SET amount = amount + 1 WHERE id % 10 = 3;
  UPDATE lines SET quantity = quantity + 1 WHERE (order_id * 5 + line) % 10 = 3;
  UPDATE contacts SET remark = remark || '.' WHERE rowid % 10 = 3`;

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

function isPresent({ program }: Command): boolean {
  if (program === "sqldiff") return hasSqldiff();
  return spawnSync(program, ["--version"]).error === undefined;
}
