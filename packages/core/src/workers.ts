// Threads apart from the engine that uses them: a program that counts milliseconds starts them first, and
// loads the engine while they start.
export { createWorkers } from "./engine/workers.ts";
export type { Workers } from "./engine/workers.ts";
