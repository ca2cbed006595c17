// A backup or a restore in a process of its own that kills itself at the nth pass of a step. Argument: a
// JSON object {type, killAt, nth, …call}.
import { restoreDatabase } from "../dist/backup/restore.js";
import { takeBackup } from "../dist/backup/take-backup.js";

const { type, killAt, nth, ...call } = JSON.parse(process.argv[2] ?? "{}");
let passed = 0;
const hooks = {
  onProgress: () => undefined,
  throwIfCancelled: () => undefined,
  onStep: (step) => {
    if (step === killAt && ++passed === nth) process.kill(process.pid, "SIGKILL");
  },
};
if (type === "take") await takeBackup({ ...call, kind: "backup" }, hooks);
else await restoreDatabase({ ...call, from: { type: "latest" } }, hooks);
