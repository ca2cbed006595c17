// Threads apart from the engine that uses them: a program that counts milliseconds starts them first, and
// loads the engine while they start.
export { createWorkers } from "./engine/workers.ts";
export type { Workers } from "./engine/workers.ts";
// Comparisons, and getting ready for runs, apart from the rest of the engine, for the same reason.
export { createComparer, prepareComparison, prepareRun } from "./engine/comparer.ts";
export type { Comparer } from "./engine/comparer.ts";
// Where states are kept, which a config asks for before any engine is needed.
export { copiedFolder } from "./state/location.ts";
export { defaultStateRoot } from "./state/state-root.ts";
