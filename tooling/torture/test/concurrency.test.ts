import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { playConcurrency } from "../src/campaign/concurrency.ts";
import { buildShim } from "../src/crash/shim.ts";

/** A share that stays, as for random histories. */
const SEED = 20_260_605;
const CASES = Number(process.env["SYNC_TORTURE_CONCURRENCY"] ?? 8);

const shim = buildShim();

test.skipIf(shim.type === "missing")(
  "a run that others meet at any point loses nobody's edit and nobody's lock",
  { timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "torture-cases-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tally = await playConcurrency({
      seed: SEED,
      isOver: ({ cases, failures }) => cases >= CASES || failures.length > 0,
      log: () => undefined,
      folder,
    });
    expect(tally.failures).toEqual([]);
    expect(tally.cases).toBeGreaterThanOrEqual(CASES);
  },
);
