import { describe, vi } from "vitest";

// The laws again, with files that stay open from run to run.
process.env["SYNC_TEST_HELD"] = "1";
vi.setConfig({ testTimeout: 120_000 });
describe("laws, held", async () => void (await import("./laws.test.ts")));
