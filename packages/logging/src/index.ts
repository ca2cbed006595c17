export { createLog } from "./sync-log.ts";
export type { SyncLog, SyncLogOptions } from "./sync-log.ts";
export type { LogHook } from "./log-hook.ts";
export { readLog } from "./read-log.ts";
export type { ReadLogOptions } from "./read-log.ts";
export type { LogEntry } from "./log-entry.ts";
export { redactText } from "./redact.ts";
export type { Fields } from "./redact.ts";
