import { actOut } from "./act-out.ts";
import type { VictimOrder } from "./act-out.ts";

// An order is what the harness wrote, in the same version.
const order = JSON.parse(process.argv[2] ?? "{}") as VictimOrder;
process.stdout.write(JSON.stringify(await actOut(order)));
