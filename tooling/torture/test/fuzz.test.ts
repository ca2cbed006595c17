import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { playFuzz } from "../src/campaign/fuzz.ts";
import { keepProcesses } from "../src/kept/kept-processes.ts";

/** A share that stays, as for random histories. */
const SEED = 20_260_604;
const CASES = Number(process.env["SYNC_TORTURE_FUZZ"] ?? 45);

test(
  "files damaged anywhere are answered, and damage nothing else",
  { timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "torture-cases-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const kept = keepProcesses();
    onTestFinished(() => kept.close());
    const tally = await playFuzz({
      seed: SEED,
      isOver: ({ cases, failures }) => cases >= CASES || failures.length > 0,
      log: () => undefined,
      folder,
      kept,
    });
    expect(tally.failures).toEqual([]);
    expect(tally.cases).toBeGreaterThanOrEqual(CASES);
  },
);
