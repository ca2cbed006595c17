import { contentOf } from "@sync/testkit";
import type { Maybe, TableDescription } from "@sync/testkit";
import { rowText } from "../invariants/compare.ts";
import { viewSide } from "../observe/sides.ts";
import type { SideView } from "../observe/sides.ts";
import { SIDES } from "../scenario.ts";
import type { Side } from "../scenario.ts";
import { damageFile } from "./damage.ts";
import type { Damage } from "./damage.ts";
import type { Examiner } from "./examiner.ts";
import { READING_CALLS } from "./question.ts";
import type { Answer, Call } from "./question.ts";
import { filesOf } from "./scene.ts";
import type { Scene, Target } from "./scene.ts";

/** What is done to which file of a scene. */
export interface Harm {
  readonly target: Target;
  readonly damage: Damage;
}

/** What became of the product. */
export interface Verdict {
  readonly problems: readonly string[];
  /** How each call ended: `sync: SYNC_CORRUPT`. */
  readonly seen: readonly string[];
}

/**
 * Damages a file and looks what the product makes of it. It may say that something is wrong, or not notice;
 * it may not die, hang, throw what is no answer, write where it only looks, or spoil what is sound.
 */
export async function judgeDamage(
  scene: Scene,
  { target, damage }: Harm,
  examiner: Examiner,
): Promise<Verdict> {
  const { world } = scene;
  scene.reset();
  const path = scene.pathOf(target);
  if (path === null || !damageFile(path, damage)) return { problems: [], seen: [] };
  const asking = createAsking(scene, examiner);
  const untouched = filesOf(world);
  for (const call of READING_CALLS) await asking.ask(call);
  asking.complain(differences(untouched, filesOf(world)).map((name) => `reading changed ${name}`));
  const sound = soundSides(scene, target);
  const made = await asking.ask("sync");
  asking.complain(strays(scene));
  // What we remember is written last: where that fails, the sides may have been written, and rightly.
  const mayBeWritten = made.type === "done" || target === "state";
  if (mayBeWritten) asking.complain(spoiltSides(scene, sound, target));
  else if (made.type === "stopped") asking.complain(changedSides(scene, sound, made));
  if (target === "state") {
    const forgot = await asking.ask("sync, forgetting");
    if (forgot.type === "stopped") {
      asking.complain([`--lineage forget does not recover: ${forgot.code}: ${forgot.message}`]);
    }
    asking.complain(spoiltSides(scene, sound, target));
  }
  return asking;
}

interface Asking extends Verdict {
  ask(call: Call): Promise<Answer>;
  complain(problems: readonly string[]): void;
}

function createAsking({ world, policy }: Scene, examiner: Examiner): Asking {
  const problems: string[] = [];
  const seen: string[] = [];
  const { files, stateDir } = world;
  return {
    problems,
    seen,
    complain: (found) => void problems.push(...found),
    ask: async (call) => {
      const answer = await examiner.ask({ call, files, stateDir, policy });
      seen.push(`${call}: ${answer.type === "stopped" ? answer.code : answer.type}`);
      if (answer.type === "hung") problems.push(`${call} hung`);
      if (answer.type === "died") problems.push(`${call} died: ${answer.message}`);
      if (answer.type === "exception") problems.push(`${call} threw ${answer.message}`);
      if (answer.type === "stopped" && answer.code === "SYNC_INTERNAL") {
        problems.push(`${call} said SYNC_INTERNAL: ${answer.message}`);
      }
      return answer;
    },
  };
}

type Sound = Partial<Record<Side, SideView>>;

/** The sides that nobody damaged, as they are before the run. */
function soundSides({ world }: Scene, target: Target): Sound {
  const sound = SIDES.filter((side) => !target.startsWith(side) || target === "state");
  return Object.fromEntries(sound.map((side) => [side, viewSide(world.files[side])]));
}

/** A run that stops has changed nothing. */
function changedSides(
  { world }: Scene,
  sound: Sound,
  { code }: Extract<Answer, { type: "stopped" }>,
): string[] {
  return SIDES.flatMap((side) => {
    const before = sound[side];
    if (before === undefined) return [];
    const isSameNow = JSON.stringify(viewSide(world.files[side])) === JSON.stringify(before);
    return isSameNow ? [] : [`${code}, and yet side ${side} changed`];
  });
}

/** A side that was sound is sound; where both were, no row that both had is gone, and none is made up. */
function spoiltSides(scene: Scene, sound: Sound, target: Target): string[] {
  return SIDES.flatMap((side) => {
    const before = sound[side];
    if (before === undefined) return [];
    const after = viewSide(scene.world.files[side]);
    const broken = after.integrity.problems.filter(
      (problem) => !before.integrity.problems.includes(problem),
    );
    const { a, b } = sound;
    const rows =
      target === "state" && a !== undefined && b !== undefined
        ? scene.tables.flatMap((table) => unexplainedRows(table, { a, b }, after))
        : [];
    return [...broken, ...rows].map((problem) => `side ${side}: ${problem}`);
  });
}

function unexplainedRows(
  table: TableDescription,
  before: Readonly<Record<Side, SideView>>,
  after: SideView,
): string[] {
  const content = (view: SideView): ReturnType<typeof contentOf> =>
    contentOf(table, view.dump[table.name] ?? []);
  const [a, b, now] = [content(before.a), content(before.b), content(after)];
  const lost = [...a.rows.keys()].filter((key) => b.rows.has(key) && !now.rows.has(key));
  const isKnown = (key: string, row: Maybe): boolean =>
    row === null ||
    table.columns.every((name) =>
      [a, b].some(({ rows }) => {
        return rows.get(key)?.[name] === row[name];
      }),
    );
  const invented = [...now.rows].filter(([key, row]) => !isKnown(key, row));
  return [
    ...lost.map((key) => `${table.name}: row ${key}, which both sides had, is gone`),
    ...invented.map(([, row]) => `${table.name}: row ${rowText(row)} comes from nowhere`),
  ];
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}

function strays({ world }: Scene): string[] {
  return world.strayFiles().map((name) => `the run left ${name}`);
}
