import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { SyncError } from "@sync/model";
import type { Side } from "@sync/model";
import { writeDurably } from "../sqlite/durable-file.ts";
import { locateState, stateName } from "./location.ts";
import type { StateLocation } from "./location.ts";

/** Which databases a state is about: canonical locations, as the state calls its sides. */
export interface KnownSides {
  readonly a: string;
  readonly b: string;
}

/** A pair's folder in the state root, and whose it is. */
export interface KnownState {
  readonly location: StateLocation;
  /** `null`: a state that no run of this version has opened yet. */
  readonly sides: KnownSides | null;
}

/** What stands in `sides.json`. While a move is under way, also where to. */
interface SidesFile extends KnownSides {
  readonly next?: KnownSides;
}

const FILE = "sides.json";
const FOLDER = /^[0-9a-f]{32}$/;

/**
 * Which file is the state's `a`. Until a database is moved it is the one whose path sorts first; the
 * state keeps what it calls `a` when the order of the paths changes.
 */
export function readSides({ folder }: StateLocation): KnownSides | null {
  const file = readSidesFile(folder);
  if (file === null) return null;
  const isOurs = (sides: KnownSides): boolean => stateName(sides.a, sides.b) === basename(folder);
  // A move that was interrupted is done or not done: the folder's name says which.
  if (file.next !== undefined && isOurs(file.next)) return file.next;
  return { a: file.a, b: file.b };
}

/** Notes which databases the state is about, where that is not noted yet. */
export function rememberSides(location: StateLocation, sides: KnownSides): void {
  if (!existsSync(join(location.folder, FILE))) writeSides(location.folder, sides);
}

export function writeSides(folder: string, sides: SidesFile): void {
  writeDurably(join(folder, FILE), `${JSON.stringify(sides, null, 2)}\n`);
}

/** Whether the first of two locations is what the pair's state calls `b`. */
export function isOtherWayRound(stateRoot: string, first: string, second: string): boolean {
  const sides = readSides(locateState(stateRoot, first, second));
  return sides === null ? second < first : sides.a !== first;
}

/** Every pair's state in a state root, by name. */
export function listKnownStates(stateRoot: string): KnownState[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDER.test(entry.name))
    .map(({ name }) => stateAt(join(stateRoot, name)))
    .filter(({ location }) => existsSync(location.stateFile))
    .toSorted((one, other) => (one.location.folder < other.location.folder ? -1 : 1));
}

/** A state, and what it calls a database that belongs to it. */
export interface StateOfSide extends KnownState {
  readonly sides: KnownSides;
  readonly side: Side;
}

/** The states of all pairs that a database belongs to. */
export function statesOf(stateRoot: string, database: string): StateOfSide[] {
  return listKnownStates(stateRoot).flatMap(({ location, sides }): StateOfSide[] => {
    if (sides === null || (sides.a !== database && sides.b !== database)) return [];
    return [{ location, sides, side: sides.a === database ? "a" : "b" }];
  });
}

function stateAt(folder: string): KnownState {
  const location = {
    folder,
    stateFile: join(folder, "state.sqlite"),
    lockFile: join(folder, "lock.sqlite"),
  };
  return { location, sides: readSides(location) };
}

function readSidesFile(folder: string): SidesFile | null {
  const path = join(folder, FILE);
  if (!existsSync(path)) return null;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (!isSidesFile(value)) throw damaged(path, null);
  return value;
}

function isSidesFile(value: unknown): value is SidesFile {
  if (!isSides(value)) return false;
  const next = "next" in value ? value.next : undefined;
  return next === undefined || isSides(next);
}

function isSides(value: unknown): value is KnownSides {
  return (
    typeof value === "object" &&
    value !== null &&
    "a" in value &&
    "b" in value &&
    typeof value.a === "string" &&
    typeof value.b === "string"
  );
}

function damaged(path: string, cause: unknown): SyncError {
  return new SyncError("SYNC_STATE_DAMAGED", `${path} cannot be read.`, {
    cause,
    next: 'It holds {"a": …, "b": …}, the paths of both databases: write them anew, a first.',
  });
}
