import { describe, vi } from "vitest";

// What SQLite does, again, with files that stay open from run to run.
process.env["SYNC_TEST_HELD"] = "1";
vi.setConfig({ testTimeout: 120_000 });
describe("notes-locks, held", async () => void (await import("./notes-locks.test.ts")));
describe("notes-schema, held", async () => void (await import("./notes-schema.test.ts")));
describe("notes-writing, held", async () => void (await import("./notes-writing.test.ts")));
describe("rekey, held", async () => void (await import("./rekey.test.ts")));
describe("trap-sync, held", async () => void (await import("./trap-sync.test.ts")));
