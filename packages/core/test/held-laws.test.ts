import { describe, vi } from "vitest";

// The laws again, with files that stay open from run to run; a smaller share of them.
process.env["SYNC_TEST_HELD"] = "1";
process.env["SYNC_LAW_RUNS"] ??= "8";
vi.setConfig({ testTimeout: 120_000 });
describe("laws, held", async () => void (await import("./laws.test.ts")));
