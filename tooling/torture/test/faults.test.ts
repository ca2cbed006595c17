import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { playFaults } from "../src/campaign/crashes.ts";
import { buildShim } from "../src/crash/shim.ts";
import { keepProcesses } from "../src/kept/kept-processes.ts";

/** A share that stays, as for random histories. */
const SEED = 20_260_603;
const CASES = Number(process.env["SYNC_TORTURE_FAULTS"] ?? 12);

const shim = buildShim();

test.skipIf(shim.type === "missing")(
  "a run that cannot change a file says so, and the next one finishes its work",
  { timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "torture-cases-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const kept = keepProcesses();
    onTestFinished(() => kept.close());
    const tally = await playFaults({
      seed: SEED,
      every: 3,
      isOver: ({ cases, failures }) => cases >= CASES || failures.length > 0,
      log: () => undefined,
      folder,
      kept,
    });
    expect(tally.failures).toEqual([]);
    expect(tally.cases).toBeGreaterThanOrEqual(CASES);
  },
);
