import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { World } from "../run/world.ts";
import type { Acted, VictimOrder } from "./act-out.ts";
import { writeControl } from "./control.ts";
import type { Fate } from "./control.ts";
import type { Order, Victim } from "./stage.ts";

const VICTIM = fileURLToPath(new URL("patient-victim.js", import.meta.url)).replace(
  "/src/",
  "/dist/",
);

/** Nothing takes a tenth of it on a busy machine. */
const PATIENCE_MS = 120_000;
/** What a run leaves behind in a process's memory must not be there for ever. */
const USES = 100;

/** Processes under the shim for fates that do not kill, one after the other, each for many of them. */
export interface PatientVictims {
  run(
    world: Pick<World, "files" | "stateDir" | "folder">,
    order: Order,
    fate: Fate,
  ): Promise<Victim>;
  close(): void;
}

/** @param shim - path of the compiled shim */
export function createPatientVictims(shim: string): PatientVictims {
  const folder = mkdtempSync(join(tmpdir(), "torture-victims-"));
  const control = join(folder, "control");
  let child: ChildProcess | null = null;
  let uses = 0;
  const end = (): void => {
    child?.kill("SIGKILL");
    child = null;
    uses = 0;
  };
  return {
    run: async (world, order, fate) => {
      writeControl(control, world.folder, fate);
      child ??= fork(VICTIM, {
        env: { ...process.env, LD_PRELOAD: shim, TORTURE_CONTROL: control },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      uses += 1;
      const { files, stateDir } = world;
      const victim = await tell(child, { ...order, files, stateDir, control });
      // So that nothing it does between two orders is counted, or fails.
      writeControl(control, "", {});
      if (victim.ending === null || uses >= USES) end();
      return victim;
    },
    close: () => {
      end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function tell(child: ChildProcess, order: VictimOrder): Promise<Victim> {
  let stderr = "";
  const hear = (text: Buffer): void => void (stderr += text.toString());
  child.stderr?.on("data", hear);
  return new Promise<Victim>((resolve) => {
    const finish = (acted: Omit<Victim, "stderr">): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      child.stderr?.off("data", hear);
      resolve({ ...acted, stderr });
    };
    // What patient-victim.ts sends.
    const onMessage = (message: unknown): void => finish({ ...(message as Acted), killed: false });
    const onExit = (_code: number | null, signal: string | null): void =>
      finish({ killed: signal === "SIGKILL", begin: null, ending: null, left: [] });
    const timer = setTimeout(() => {
      stderr += "it hung";
      finish({ killed: false, begin: null, ending: null, left: [] });
    }, PATIENCE_MS);
    child.on("message", onMessage).on("exit", onExit);
    child.send(order);
  });
}
