import { keepProcesses } from "../kept/kept-processes.ts";
import { actOut } from "./act-out.ts";
import type { VictimOrder } from "./act-out.ts";

// A process under the shim that acts out one order after the other, and says of each how it went.

keepProcesses();
process.on("message", (message) => {
  // Orders are what the harness wrote, in the same version. What is thrown ends the process, as it should.
  void actOut(message as VictimOrder).then((acted) => process.send?.(acted));
});
