import { contentOf, describeTables, isSame } from "@sync/testkit";
import type { DatabaseDump, Maybe, TableDescription } from "@sync/testkit";
import type { Interruptible } from "../crash/crash-scenario.ts";
import { leftovers, secondRun, soundness } from "../crash/judge-crash.ts";
import { differingRows } from "../crash/judge-between.ts";
import { rowText } from "../invariants/compare.ts";
import { viewSides } from "../observe/sides.ts";
import type { SidesView } from "../observe/sides.ts";
import { viewState } from "../observe/state.ts";
import type { SeenLoss } from "../observe/state.ts";
import { synchronize } from "../run/synchronize.ts";
import type { Place } from "../run/synchronize.ts";
import { SIDES } from "../scenario.ts";
import type { Meddle } from "./meddle.ts";
import type { MeddlerAnswer, OtherPair } from "./meddler-order.ts";

/** A run that somebody met who changed rows. */
export interface Meddled {
  readonly prepared: Interruptible;
  readonly meddle: Meddle;
  /** One for each time that the run was met. */
  readonly answers: readonly MeddlerAnswer[];
  readonly other: OtherPair;
}

/** Two pairs that share a file hand a change on from one to the other. */
const ROUNDS_OF_TWO_PAIRS = 3;

/**
 * Lets the next run have the pair. How edits and run met leaves more than one right outcome; of any it
 * holds that the sides differ only in rows that wait, that each edit stands, is in the ledger, or was
 * overwritten by somebody who had seen it, and that nothing is left to do.
 */
export async function judgeMeddled(meddled: Meddled): Promise<readonly string[]> {
  const { prepared, meddle } = meddled;
  const { world } = prepared;
  if (meddle.type === "alter") world.maintain(meddle.side === "a" ? "b" : "a", meddle.sql);
  const stopped = await runOn(meddled);
  if (stopped !== null) return [stopped];
  const recovered = viewSides(world.files);
  const state = viewState(world.stateDir);
  const tables = describeTables(world.files.a);
  const edits = editsOf(meddled, tables);
  const problems = [
    ...soundness(recovered),
    ...tables.flatMap((table) => differingRows({ recovered, state }, table)),
    ...lostEdits(edits, { recovered, tables, losses: lossesOf(meddled) }),
    ...leftovers(prepared, state),
  ];
  return problems.length > 0 ? problems : secondRun(prepared);
}

/** @returns why a run stopped, if one did */
async function runOn({ prepared, meddle, other }: Meddled): Promise<string | null> {
  const { world, step } = prepared;
  const places: readonly Place[] =
    meddle.type === "other pair"
      ? Array.from({ length: ROUNDS_OF_TWO_PAIRS }, () => [
          world,
          { files: { a: other.file, b: world.files[meddle.side] }, stateDir: other.stateDir },
        ]).flat()
      : [];
  for (const place of [...places, world]) {
    const ending = await synchronize(place, step, null);
    if (ending.type === "stopped") return `the next run stopped: ${ending.code}: ${ending.message}`;
  }
  return null;
}

function lossesOf({ prepared, meddle, other }: Meddled): readonly SeenLoss[] {
  const own = viewState(prepared.world.stateDir).ledger;
  return meddle.type === "other pair" ? [...own, ...viewState(other.stateDir).ledger] : own;
}

/** What somebody made of a row, and what stood there before. */
interface Edit {
  readonly table: TableDescription;
  /** Those that the table had then: one that came in the middle of the run is in no row that was written before. */
  readonly columns: readonly string[];
  readonly identity: string;
  readonly was: Maybe;
  readonly row: Maybe;
  /** Who writes exactly what the run was about to write cannot be told from it (DESIGN §7). */
  readonly isAsPlanned: boolean;
}

/** Of both users before the run, and of who came in between. */
function editsOf(
  { prepared: { moments, after, tables: known }, answers }: Meddled,
  tables: readonly TableDescription[],
): Edit[] {
  // Moments are dumps as JSON.
  const dumpAt = (text: string | undefined): DatabaseDump =>
    JSON.parse(text ?? "{}") as DatabaseDump;
  const before = SIDES.flatMap((side) =>
    editsBetween(dumpAt(moments[side][0]), dumpAt(moments[side].at(-1)), tables),
  );
  const columnsOf = ({ table, columns }: Edit): readonly string[] =>
    known.find(({ name }) => name === table.name)?.columns ?? columns;
  const meanwhile = answers.flatMap((answer) =>
    editsBetween(answer.before ?? {}, answer.after ?? {}, tables),
  );
  const planned = tables.flatMap((table) =>
    SIDES.flatMap((side) => [...rowsIn(after[side].dump, table).values()]),
  );
  return [
    ...before.map((edit) => Object.assign(edit, { columns: columnsOf(edit) })),
    ...meanwhile.map((edit) => {
      const isAsPlanned = planned.some((one) => isSame(one, edit.row));
      return Object.assign(edit, { isAsPlanned });
    }),
  ];
}

function editsBetween(
  before: DatabaseDump,
  after: DatabaseDump,
  tables: readonly TableDescription[],
): Edit[] {
  return tables.flatMap((table) => {
    const [old, now] = [rowsIn(before, table), rowsIn(after, table)];
    return [...new Set([...old.keys(), ...now.keys()])]
      .map((identity) => ({
        table,
        columns: table.columns,
        identity,
        was: old.get(identity) ?? null,
        row: now.get(identity) ?? null,
        isAsPlanned: false,
      }))
      .filter(({ was, row }) => !isSame(was, row));
  });
}

function rowsIn(dump: DatabaseDump, table: TableDescription): ReadonlyMap<string, Maybe> {
  return contentOf(table, dump[table.name] ?? []).rows;
}

interface End {
  readonly recovered: SidesView;
  readonly tables: readonly TableDescription[];
  readonly losses: readonly SeenLoss[];
}

function lostEdits(edits: readonly Edit[], end: End): string[] {
  return edits
    .filter((edit) => edit.row !== null && !edit.isAsPlanned && !isAccountedFor(edit, edits, end))
    .map(({ table, row }) => `${table.name}: the edit ${rowText(row)} is gone without a trace`);
}

/** Column by column: it stands on a side, is in the ledger, or was overwritten by somebody who had seen it. */
function isAccountedFor(edit: Edit, edits: readonly Edit[], end: End): boolean {
  const { table, columns, identity, was, row } = edit;
  const onSides = SIDES.map((side) => rowsIn(end.recovered[side].dump, table).get(identity));
  const noted = end.losses.filter((loss) => loss.table === table.name).map((loss) => loss.row);
  const overwritten = edits.filter(
    (other) => other !== edit && other.table === table && other.identity === identity,
  );
  return columns
    .filter((name) => name !== table.timestampColumn && row?.[name] !== was?.[name])
    .every(
      (name) =>
        [...onSides, ...noted].some((one) => one?.[name] === row?.[name]) ||
        overwritten.some(
          (other) => other.was?.[name] === row?.[name] && other.row?.[name] !== row?.[name],
        ),
    );
}
