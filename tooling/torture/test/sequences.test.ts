import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { playSequences } from "../src/campaign/sequences.ts";
import { keepProcesses } from "../src/kept/kept-processes.ts";

/** A share that stays: the same histories on every machine, so that a failure is never by chance. */
const SEED = 20_260_601;
const RUNS = Number(process.env["SYNC_TORTURE_RUNS"] ?? 250);

test("random histories go as the model says", { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "torture-cases-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const kept = keepProcesses();
  onTestFinished(() => kept.close());
  const tally = await playSequences({
    seed: SEED,
    isOver: ({ runs, failures }) => runs >= RUNS || failures.length > 0,
    log: () => undefined,
    folder,
    kept,
  });
  expect(tally.failures).toEqual([]);
  expect(tally.runs).toBeGreaterThanOrEqual(RUNS);
});
