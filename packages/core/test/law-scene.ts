import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastWriteWins, manual, preferA, preferB } from "@sync/resolvers";
import type { Policy } from "@sync/model";
import { applyEdits, buildSides } from "@sync/testkit";
import type { Case, CaseFiles, Integrity, ReferencePolicy } from "@sync/testkit";
import { expect } from "vitest";
import { askHere } from "../src/engine/ask.ts";
import type { SyncCall } from "../src/engine/prepare.ts";
import type { RunResult } from "../src/engine/request.ts";
import { callSync } from "../src/engine/sync.ts";

export const NOW_MS: number = Date.UTC(2026, 5, 1);

export const POLICIES: Readonly<Record<ReferencePolicy, Policy>> = {
  manual: manual,
  "prefer-a": preferA,
  "prefer-b": preferB,
  "last-write-wins": lastWriteWins(),
};

/** A generated case as files, with a folder for its state. */
export interface Scene {
  readonly files: CaseFiles;
  readonly folder: string;
}

export interface LawRun extends Partial<Omit<SyncCall, "policy">> {
  readonly policy?: Policy;
  readonly swap?: boolean;
}

/** One run over a scene, without the guards that would stop random edits. */
export async function syncScene(
  scene: Scene,
  { policy = manual, swap = false, ...call }: LawRun = {},
): Promise<RunResult> {
  const { a, b } = scene.files;
  return callSync(
    {
      pair: swap ? { a: b, b: a } : { a, b },
      stateDir: join(scene.folder, "state"),
      tables: null,
      dryRun: false,
      maxDeletePercent: 100,
      create: false,
      lineage: "accept",
      base: null,
      out: null,
      busyTimeoutMs: 1000,
      startedMs: NOW_MS,
      policy: { name: policy.name, version: policy.version ?? null },
      ...call,
    },
    { onProgress: () => undefined, throwIfCancelled: () => undefined, onStep: () => undefined },
    askHere(policy, NOW_MS),
  );
}

/** Makes a case's files, syncs them once unless it is to be a first run, and lets both users edit. */
export async function inScene<T>(
  testCase: Case,
  hasBase: boolean,
  use: (scene: Scene) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sync-law-"));
  try {
    const files = buildSides(testCase, folder);
    const scene = { files, folder };
    if (hasBase) await syncScene(scene);
    applyEdits(files.a, testCase.editsA);
    applyEdits(files.b, testCase.editsB);
    return await use(scene);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows that a run wrote, to both sides. */
export function writes({ report }: RunResult): number {
  return report.tables.reduce(
    (sum, { toA, toB }) =>
      sum + [toA, toB].reduce((n, to) => n + to.inserted + to.updated + to.deleted, 0),
    0,
  );
}

/** A side may keep violations it had; it may not get new ones. */
export function expectNoWorse(before: Integrity, after: Integrity): void {
  for (const kind of ["problems", "foreignKeys", "staleIndexes"] as const) {
    expect(after[kind].filter((found) => !before[kind].includes(found))).toEqual([]);
  }
}
