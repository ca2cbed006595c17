import { describe, vi } from "vitest";

// The guarantees again, with files that stay open from run to run.
process.env["SYNC_TEST_HELD"] = "1";
vi.setConfig({ testTimeout: 120_000 });
describe("guarantees-copy, held", async () => void (await import("./guarantees-copy.test.ts")));
describe("guarantees-constraints, held", async () =>
  void (await import("./guarantees-constraints.test.ts")));
describe("guarantees-found, held", async () => void (await import("./guarantees-found.test.ts")));
describe("guarantees-inbox, held", async () => void (await import("./guarantees-inbox.test.ts")));
describe("guarantees-ledger, held", async () => void (await import("./guarantees-ledger.test.ts")));
describe("guarantees-lineage, held", async () =>
  void (await import("./guarantees-lineage.test.ts")));
describe("guarantees-references, held", async () =>
  void (await import("./guarantees-references.test.ts")));
describe("guarantees-state, held", async () => void (await import("./guarantees-state.test.ts")));
describe("guarantees-underfoot, held", async () =>
  void (await import("./guarantees-underfoot.test.ts")));
describe("interrupted-plans, held", async () => void (await import("./interrupted-plans.test.ts")));
