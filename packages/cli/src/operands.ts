import { relative, resolve } from "node:path";
import type { Pair } from "@sync/core";
import { SyncError, nearestNames } from "@sync/model";
import type { PairSettings } from "@sync/manager/config";
import type { Session } from "./session.ts";

/** What stands where a pair is wanted. */
export const PAIR_WORDS = "a pair of the config, or two databases";

/** A pair of the command line: by its name, or by two paths. */
export interface GivenPair {
  readonly name: string | null;
  /** Paths as a person would write them; a configured pair's settings are found by them, too. */
  readonly pair: Pair;
}

/**
 * The pair that stands on the command line: the name of a configured one, or two databases.
 *
 * @throws SyncError SYNC_USAGE for anything else
 */
export async function pairOf(session: Session, operands: readonly string[]): Promise<Pair> {
  const [a, b] = operands;
  if (a !== undefined && b !== undefined && operands.length === 2) {
    return { a: session.path(a), b: session.path(b) };
  }
  if (a !== undefined && operands.length === 1) return (await pairNamed(session, a)).pair;
  throw wrongOperands();
}

/**
 * The pairs of `dbsync sync`: two databases, names of configured pairs, or nothing for all of these.
 *
 * @throws SyncError SYNC_USAGE for a name that is not configured
 */
export async function pairsOf(
  session: Session,
  operands: readonly string[],
): Promise<readonly GivenPair[]> {
  const { pairs } = (await session.config()).settings;
  if (operands.length === 0) {
    if (pairs.length === 0) throw noPairs();
    return pairs.map((pair) => givenPair(session, pair));
  }
  const areNames = operands.every((operand) => pairs.some(({ name }) => name === operand));
  if (operands.length === 2 && !areNames) {
    return [{ name: null, pair: await pairOf(session, operands) }];
  }
  return Promise.all([...new Set(operands)].map(async (name) => pairNamed(session, name)));
}

/** Whether a word is the name of a configured pair. */
export async function isPairName(session: Session, word: string): Promise<boolean> {
  return (await session.config()).settings.pairs.some(({ name }) => name === word);
}

async function pairNamed(session: Session, wanted: string): Promise<GivenPair> {
  const { pairs } = (await session.config()).settings;
  const found = pairs.find(({ name }) => name === wanted);
  if (found !== undefined) return givenPair(session, found);
  const names = pairs.flatMap(({ name }) => name ?? []);
  const [nearest] = nearestNames(wanted, names, 1);
  const known = names.length === 0 ? "No config names pairs" : `There are ${names.join(", ")}`;
  throw new SyncError("SYNC_USAGE", `No pair is named ${JSON.stringify(wanted)}. ${known}.`, {
    next: nearest === undefined ? `Give ${PAIR_WORDS}.` : `Did you mean ${nearest}?`,
  });
}

function givenPair(session: Session, { name, a, b }: PairSettings): GivenPair {
  return { name, pair: { a: shortPath(session, a), b: shortPath(session, b) } };
}

/** Relative to where the user stands, where that is shorter and means the same to the engine. */
function shortPath(session: Session, path: string): string {
  const here = process.cwd();
  const short = relative(here, path);
  const isBelow = short !== "" && !short.startsWith("..");
  return isBelow && resolve(session.path(".")) === here ? short : path;
}

function wrongOperands(): SyncError {
  return new SyncError("SYNC_USAGE", `What is wanted here is ${PAIR_WORDS}.`, {
    next: "Such as: dbsync diff a.db b.db, or dbsync diff shop",
  });
}

function noPairs(): SyncError {
  return new SyncError("SYNC_USAGE", "There is no config that names pairs.", {
    next: "Name two databases (dbsync sync a.db b.db), or write a config: dbsync init",
  });
}
