import { describe, vi } from "vitest";

// Crashes again, with files that stay open in the process that goes on.
process.env["SYNC_TEST_HELD"] = "1";
vi.setConfig({ testTimeout: 120_000 });
describe("crash, held", async () => void (await import("./crash.test.ts")));
describe("guarantees-crash, held", async () => void (await import("./guarantees-crash.test.ts")));
