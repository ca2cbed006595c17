import { resolve } from "node:path";
import type { Pair } from "@sync/core";
import { isSyncError } from "@sync/model";
import type { SyncManager } from "../sync-manager.ts";
import type { DoctorFacts, PairFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { gatherFacts } from "./gather.ts";
import { RULES, judge } from "./judge.ts";

/** What `dbsync doctor --json` prints. Additive only. */
export interface DoctorReport {
  readonly schemaVersion: 1;
  readonly command: "doctor";
  /** No rule found anything. */
  readonly ok: boolean;
  readonly node: string;
  readonly databases: readonly string[];
  readonly stateDir: string;
  readonly log: string | null;
  /** The rules that were asked. */
  readonly checks: readonly string[];
  /** Problems first. */
  readonly findings: readonly Finding[];
}

/** A pair to look at, as the user named it. */
export interface ExaminedPair {
  /** The config's name; `null`: named by its paths. */
  readonly name: string | null;
  readonly pair: Pair;
}

/**
 * Looks whether anything stands in the way of syncing pairs on this machine. Writes nothing; an unreadable
 * database is a finding.
 */
export async function examine(
  manager: SyncManager,
  pairs: readonly ExaminedPair[],
  nowMs: number = Date.now(),
): Promise<DoctorReport> {
  const { stateDir, log } = manager.settings;
  const gathered = gatherFacts({
    pairs: pairs.map(({ name, pair }) => ({
      name: name ?? `${pair.a} and ${pair.b}`,
      a: pair.a,
      b: pair.b,
      stoppingDifferences: null,
    })),
    stateDir,
    logFile: log.file,
    nowMs,
  });
  const facts = { ...gathered, pairs: await comparedPairs(manager, gathered) };
  const findings = judge(facts);
  return {
    schemaVersion: 1,
    command: "doctor",
    ok: findings.length === 0,
    node: facts.node,
    databases: facts.databases.map(({ given }) => resolve(given)),
    stateDir,
    log: log.file,
    checks: RULES.map(({ check }) => check),
    findings,
  };
}

/** Schemas are compared only where both sides could be opened: what could not is told by other rules. */
async function comparedPairs(manager: SyncManager, facts: DoctorFacts): Promise<PairFacts[]> {
  const isOpened = (path: string): boolean =>
    facts.databases.some(({ given, probe }) => given === path && probe.type === "opened");
  return Promise.all(
    facts.pairs.map(async (pair) => {
      if (pair.isSameFile || !isOpened(pair.a) || !isOpened(pair.b)) return pair;
      return { ...pair, stoppingDifferences: await stoppingDifferences(manager, pair) };
    }),
  );
}

async function stoppingDifferences(manager: SyncManager, { a, b }: Pair): Promise<number | null> {
  try {
    const { differences } = await manager.schema({ a, b });
    return differences.filter(({ stopsSync }) => stopsSync).length;
  } catch (error) {
    if (isSyncError(error)) return null;
    throw error;
  }
}
