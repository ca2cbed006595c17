// What is remembered about pairs, and a look at a database without a pair. Apart from the engine, whose users
// start faster without it.
export { exportState, importState } from "./backup/state-file.ts";
export type { StateFileCall } from "./backup/state-file.ts";
export { probeDatabase } from "./engine/probe.ts";
export type { DatabaseProbe } from "./engine/probe.ts";
export { forgetState, listStates, moveStates } from "./state/pair-states.ts";
export type { MovedState, PairState } from "./state/pair-states.ts";
export type { KnownSides } from "./state/sides.ts";
