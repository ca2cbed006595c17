import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { playCrashes } from "../src/campaign/crashes.ts";
import { buildShim } from "../src/crash/shim.ts";
import { keepProcesses } from "../src/kept/kept-processes.ts";

/** A share that stays, as for random histories. */
const SEED = 20_260_602;
const CASES = Number(process.env["SYNC_TORTURE_CRASHES"] ?? 50);

const shim = buildShim();

test.skipIf(shim.type === "missing")(
  "a run that is cut off anywhere is finished by the next",
  { timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "torture-cases-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const kept = keepProcesses();
    onTestFinished(() => kept.close());
    const tally = await playCrashes({
      seed: SEED,
      every: 53,
      isOver: ({ cases, failures }) => cases >= CASES || failures.length > 0,
      log: () => undefined,
      folder,
      kept,
    });
    expect(tally.failures).toEqual([]);
    expect(tally.cases).toBeGreaterThanOrEqual(CASES);
  },
);
